using Orleans.Runtime;
using Orleans.Storage;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Grains.Turn;

/// <summary>
/// A grain that works in turns: known command, decide, commit once (architecture.md, "One turn, one transaction").
/// </summary>
/// <remarks>
/// <para>
/// The state comes by <c>[PersistentState("unique_name", TurnGrain.Storage)] IPersistentState&lt;StateEnvelope&lt;TState&gt;&gt;</c>;
/// the name is unique in the whole product, since it names the rows.
/// </para>
/// <para>
/// Decisions are synchronous functions of (state, facts). They may be called several times in one turn, so ids come from
/// an <see cref="IdSource"/> made inside of the function from the command's key. Nothing may be awaited between reading
/// <see cref="State"/> and deciding, which the shape of the calls ensures.
/// </para>
/// </remarks>
/// <typeparam name="TState">An immutable record.</typeparam>
public abstract class TurnGrain<TState>(
    IPersistentState<StateEnvelope<TState>> stored,
    ITurnCommitter committer,
    ICommandLog commands) : Grain
    where TState : class
{
    private const int MaxTries = 5;

    /// <summary>The state; null before the first turn.</summary>
    protected TState? State => stored.State.State;

    /// <summary>The version of the state's shape that this release writes.</summary>
    protected virtual int SchemaVersion => 1;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        CheckSchema();
        return base.OnActivateAsync(cancellationToken);
    }

    /// <summary>Runs a command's turn that needs no facts.</summary>
    protected Task<CommandAnswer> ExecuteAsync(CommandKey key, Func<TState?, TurnDecision<TState>> decide) =>
        ExecuteAsync(key, static () => Task.FromResult(0), (state, _) => decide(state));

    /// <summary>
    /// Runs a command's turn: a known key gets its stored answer (or 422 <c>idempotency_mismatch</c>); else facts are
    /// read, the turn is decided and committed once. On a missed condition state and facts are read again and it is
    /// decided again, five times at most (then 409 <c>try_again</c>).
    /// </summary>
    /// <exception cref="Exception">The commit failed otherwise: its outcome may be unknown, the activation is dropped, and
    /// the caller repeats under its key.</exception>
    protected async Task<CommandAnswer> ExecuteAsync<TFacts>(CommandKey key, Func<Task<TFacts>> readFacts, Func<TState?, TFacts, TurnDecision<TState>> decide)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            if (await commands.FindAsync(key.Scope, key.Key) is { } known)
            {
                return CommandAnswers.Replay(known, key);
            }

            var decision = decide(State, await readFacts());
            if (decision.Refusal is { } refusal)
            {
                return CommandAnswers.Of(refusal);
            }

            var write = decision.Write is { } made
                ? made with
                {
                    Command = new CommandRecord(key.Scope, key.Key, key.RequestHash, decision.Status, decision.Answer),
                    Actor = key.Actor,
                }
                : null;
            try
            {
                if (write is null || await TryCommitAsync(decision.State, write))
                {
                    return CommandAnswers.Of(decision.Status, decision.Answer) with
                    {
                        // Who asks sees what was gathered on its invoice; a wave of renewals leaves that to the row.
                        HandedOver = write is null ? [] : [.. write.HandedOver(this.GetPrimaryKeyString()), .. write.Gathers.Select(gather => gather.Key).Distinct()],
                        At = write?.At,
                    };
                }
            }
            catch (UniqueNameTakenException taken)
            {
                return CommandAnswers.Of(RefusalFor(taken));
            }
        }

        return CommandAnswers.Of(Refusal.Conflict("try_again", "Other changes came in between each time; send the request again."));
    }

    /// <summary>Runs a turn that the schedule causes and that needs no facts.</summary>
    protected Task<TurnDecision<TState>> CommitAsync(Func<TState?, TurnDecision<TState>> decide) =>
        CommitAsync(static () => Task.FromResult(0), (state, _) => decide(state));

    /// <summary>
    /// Runs a turn that the schedule causes: decides and commits once; decides again on fresh state and facts where a
    /// condition was missed, five times at most.
    /// </summary>
    /// <returns>The decision that was committed (or was refused, or found nothing to do).</returns>
    /// <exception cref="TurnConflictException">It missed a condition each time.</exception>
    protected async Task<TurnDecision<TState>> CommitAsync<TFacts>(Func<Task<TFacts>> readFacts, Func<TState?, TFacts, TurnDecision<TState>> decide)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            var decision = decide(State, await readFacts());
            if (decision.Write is null || await TryCommitAsync(decision.State, decision.Write))
            {
                return decision;
            }
        }

        throw new TurnConflictException("state");
    }

    /// <summary>The refusal of a taken name; external ids unless a grain knows better.</summary>
    protected virtual Refusal RefusalFor(UniqueNameTakenException taken) =>
        Refusal.Conflict("external_id_taken", "Another resource has this external_id; choose another one or leave it out.", "external_id");

    /// <summary>
    /// Commits once. False where a condition was missed and the state was read again. After any other failure the
    /// activation is dropped; until it is gone, whoever still asks it finds the state of before, never one that may not
    /// be in its row.
    /// </summary>
    private async Task<bool> TryCommitAsync(TState? state, TurnWrite write)
    {
        var former = stored.State;
        try
        {
            await committer.CommitAsync(write, () => WriteStateAsync(state));
            return true;
        }
        catch (Exception e) when (e is TurnConflictException or InconsistentStateException)
        {
            await ReadAgainAsync();
            return false;
        }
        catch (UniqueNameTakenException)
        {
            await ReadAgainAsync();
            throw;
        }
        catch
        {
            stored.State = former;
            DeactivateOnIdle();
            throw;
        }
    }

    private Task WriteStateAsync(TState? state)
    {
        stored.State = new StateEnvelope<TState> { SchemaVersion = SchemaVersion, State = state ?? State };
        return stored.WriteStateAsync();
    }

    private async Task ReadAgainAsync()
    {
        try
        {
            await stored.ReadStateAsync();
            CheckSchema();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private void CheckSchema()
    {
        if (stored.State.SchemaVersion > SchemaVersion)
        {
            throw new InvalidOperationException(
                $"The state of {this.GetPrimaryKeyString()} has schema version {stored.State.SchemaVersion}, later than this release's {SchemaVersion}. Run the newer release.");
        }
    }

}

/// <summary>What grains and the silo's composition share about turns.</summary>
public static class TurnGrain
{
    /// <summary>The storage provider of grains that work in turns.</summary>
    public const string Storage = "billing";
}
