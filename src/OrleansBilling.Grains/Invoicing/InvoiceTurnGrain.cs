using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>
/// The turns of an invoice's grain. Its rows are its state: every call reads them, decides, and commits once; the header's
/// version lets one of two activations win (docs/decisions: the invoice's row is its state).
/// </summary>
public abstract partial class InvoiceTurnGrain(IInvoiceRows rows, IBillingFacts accounts, ITurnCommitter committer, ICommandLog commands) : Grain
{
    private const int MaxTries = 5;

    // Who changes a grouped invoice sees at once what becomes of so many of its subscriptions; their rows are the net.
    private const int MostHandedOver = 100;

    private readonly List<DueKey> _handedOver = [];
    private bool _commanded;
    private InvoiceLoad? _load;
    private InvoiceDocument? _document;
    private BillingFacts? _facts;

    /// <summary>The invoice as it stands in this call.</summary>
    protected InvoiceState State => _load!.State;

    /// <summary>Credits that were on their way when the rows were read.</summary>
    protected ImmutableArray<CreditInTransit> Credits => _load!.Credits;

    /// <summary>Credits for which a credit note was ordered when the rows were read.</summary>
    protected ImmutableArray<LineDraft> Ordered => _load!.Ordered;

    /// <summary>Minor units of both.</summary>
    protected long Arriving => _load!.Arriving;

    /// <summary>The pause of collection of its subscription when the rows were read; its end may have passed.</summary>
    protected CollectionPause? Pause => _load!.Pause;

    /// <summary>What this call made due for other grains.</summary>
    protected DueAnswer HandedOver => new([.. _handedOver]);

    /// <summary>Begins a call: reads the rows. False where there is no such invoice.</summary>
    protected async Task<bool> BeginAsync(BillingFacts? facts)
    {
        _handedOver.Clear();
        _commanded = false;
        _facts = facts;
        await ReloadAsync();
        return _load is not null;
    }

    /// <summary>The account's facts as this call has read them.</summary>
    protected BillingFacts Billing => _facts!;

    /// <summary>The stored answer of a known key, or null.</summary>
    protected async Task<CommandAnswer?> KnownAsync(CommandKey key) =>
        await commands.FindAsync(key.Scope, key.Key) is { } known ? CommandAnswers.Replay(known, key) : null;

    /// <summary>Begins a command's call: the answer where its key is known or the invoice does not exist, else null.</summary>
    protected async Task<CommandAnswer?> BeginAsync(CommandKey key)
    {
        if (await KnownAsync(key) is { } known)
        {
            return known;
        }

        var found = await BeginAsync(facts: null);
        _commanded = true;
        return found
            ? null
            : CommandAnswers.Of(Refusal.NotFound("invoice_not_found", "There is no such invoice."));
    }

    /// <summary>The mark that a turn has left (<see cref="TurnOptions.Mark"/>), or null.</summary>
    protected Task<CommandRecord?> MarkedAsync(CommandKey mark) => commands.FindAsync(mark.Scope, mark.Key);

    /// <summary>Reads the rows again.</summary>
    protected async Task ReloadAsync() => _load = await rows.FindAsync(this.GetPrimaryKeyString());

    /// <summary>Mirrors what was committed by other means (the attempt gate).</summary>
    protected void Mirror(InvoiceState state) => _load = _load! with { State = state };

    /// <summary>Forgets credits that have been applied, and reads which have come meanwhile.</summary>
    protected async Task RefreshCreditsAsync()
    {
        var (credits, ordered) = await rows.ArrivingAsync(State.Id);
        _load = _load! with { Credits = credits, Ordered = ordered };
    }

    /// <summary>What collection needs to know beside the invoice.</summary>
    protected async Task<CollectionFacts> FactsAsync()
    {
        _facts ??= await accounts.FindAsync(State.Account)
            ?? throw new InvalidOperationException($"The account {State.Account} of {State.Id} has no facts.");
        return new CollectionFacts(State.OwnMethod ?? _facts.Account.DefaultMethod, _facts.Dunning, _load!.BlockedMethods);
    }

    /// <summary>The source of the ids of one turn; the same for the same version of the invoice.</summary>
    protected IdSource Ids(Instant now) => new($"{State.Id}/{State.Version}", now);

    /// <summary>
    /// Decides and commits a turn. On a missed condition rows and facts are read again and it is decided again, five times
    /// at most.
    /// </summary>
    /// <exception cref="TurnConflictException">It missed a condition each time.</exception>
    protected async Task<Decided<InvoiceTurn>> TurnAsync(Instant now, Func<CollectionFacts, Decided<InvoiceTurn>> decide, TurnOptions options = default)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                var decided = decide(await FactsAsync());
                if (decided.IsAccepted)
                {
                    await CommitAsync(now, decided.Value, options);
                }

                return decided;
            }
            catch (TurnConflictException) when (i + 1 < MaxTries)
            {
                _facts = null;
                await ReloadAsync();
                if (options.Again is { } again)
                {
                    await again();
                }
            }
        }
    }

    /// <summary>Makes this invoice: decides on the account's facts and commits, again where a condition was missed; then reads its rows.</summary>
    /// <returns>Why it was refused, or null.</returns>
    protected async Task<Refusal?> IssueAsync<TRead>(
        Instant now, string account, Func<Task<TRead>> read, Func<BillingFacts, TRead, Decided<Documents>> decide)
    {
        for (var i = 0; ; i++)
        {
            if (await accounts.FindAsync(account) is not { } facts)
            {
                return Refusal.NotFound("account_not_found", $"There is no account {account}.", "account");
            }

            var decided = decide(facts, await read());
            if (decided.Refusal is { } refusal)
            {
                return refusal;
            }

            try
            {
                var write = new TurnWrite
                {
                    At = now,
                    Account = account,
                    Documents = decided.Value,
                    Due = InvoiceDue.Of(decided.Value, facts.Account, now),
                    FactsSeen = new FactsSeen(account, facts.Account.Version),
                };
                await committer.CommitAsync(write, static () => Task.CompletedTask);
                await BeginAsync(facts: null);
                return null;
            }
            catch (TurnConflictException) when (i + 1 < MaxTries)
            {
                // The account, its balance or what was read beside it has changed meanwhile.
            }
        }
    }

    /// <summary>The document with all of its lines.</summary>
    protected async Task<InvoiceDocument> WholeAsync() => (await rows.LoadAsync([State.Id], int.MaxValue, CancellationToken.None)).Single().Document;

    /// <summary>Runs a command that is one turn, and answers with the invoice after it.</summary>
    protected async Task<CommandAnswer> CommandAsync(
        CommandKey key, Instant now, Func<CollectionFacts, Decided<InvoiceTurn>> decide, Func<Task>? again = null)
    {
        await LoadDocumentAsync();
        var body = "";
        var decided = await TurnAsync(now, decide, new TurnOptions(key, turn => body = Render(turn.State), Again: again));
        return Told(decided.Refusal is { } refusal ? CommandAnswers.Of(refusal) : CommandAnswers.Of(200, body), now);
    }

    /// <summary>Stores the answer of a command whose work took several turns.</summary>
    protected async Task<CommandAnswer> AnswerAsync(CommandKey key, Instant now, int status, string body)
    {
        var write = new TurnWrite
        {
            At = now,
            Account = State.Account,
            Command = new CommandRecord(key.Scope, key.Key, key.RequestHash, status, body),
            Actor = key.Actor,
        };
        try
        {
            await committer.CommitAsync(write, static () => Task.CompletedTask);
        }
        catch (TurnConflictException)
        {
            if (await commands.FindAsync(key.Scope, key.Key) is { } known)
            {
                return CommandAnswers.Replay(known, key);
            }

            throw;
        }

        return Told(CommandAnswers.Of(status, body), now);
    }

    /// <summary>An answer with what this call made due for other grains, also where the command itself was refused.</summary>
    protected CommandAnswer Told(CommandAnswer answer, Instant now) => answer with { HandedOver = HandedOver.HandedOver, At = now };

    /// <summary>The JSON of the invoice as it stands.</summary>
    protected async Task<string> RenderAsync()
    {
        await LoadDocumentAsync();
        return Render(State);
    }

    private string Render(InvoiceState state) => InvoiceView.Render(_document!, state);

    private async Task LoadDocumentAsync()
    {
        if (_document?.Number is null)
        {
            _document = (await rows.LoadAsync([State.Id], InvoiceView.MaxLines, CancellationToken.None)).Single().Document;
        }
    }

    private async Task CommitAsync(Instant now, InvoiceTurn turn, TurnOptions options)
    {
        // A turn that only moves rows of due work counts a version too. Whatever changes the invoice counts it, a credit on
        // its way here as well, so no turn deletes a row of due work that another one has written since it read.
        var quiet = turn.IsEmpty;
        var state = quiet ? turn.State with { Version = State.Version + 1 } : turn.State;
        var write = new TurnWrite
        {
            At = now,
            Account = State.Account,
            Documents = quiet ? turn.Documents with { InvoiceHeaders = [state] } : turn.Documents,
            Due = DueOf(now, turn, options.MoreDue?.Invoke() ?? []),
            GroupsChanged = turn.CollectionChanged && state.Grouped ? [state.Id] : [],
            FactsSeen = options.FactsMatter ? new FactsSeen(State.Account, _facts!.Account.Version) : null,
        };
        if (options.Key is { } key)
        {
            write = write with
            {
                Command = new CommandRecord(key.Scope, key.Key, key.RequestHash, 200, options.Answer!(turn)),
                Actor = key.Actor,
            };
        }

        else if (options.Mark is { } mark)
        {
            write = write with { Command = new CommandRecord(mark.Scope, mark.Key, mark.RequestHash, 0, "") };
        }

        await committer.CommitAsync(write, static () => Task.CompletedTask);
        _load = _load! with { State = state };
        await HandOverAsync(write);
    }

    /// <summary>What goes with a turn beside the decision.</summary>
    /// <param name="Key">The command's identity where this turn answers it.</param>
    /// <param name="Answer">Makes the stored answer.</param>
    /// <param name="FactsMatter">True where the decision used the account's facts; the commit checks their version.</param>
    /// <param name="MoreDue">Gives further rows of due work, at each try.</param>
    /// <param name="Mark">
    /// Of a command whose work takes several turns: committed with this one under a scope of its own, so that a repeat tells that it was done.
    /// </param>
    /// <param name="Again">Reads again what else the decision uses, after the invoice was, where a condition was missed.</param>
    protected readonly record struct TurnOptions(
        CommandKey? Key = null,
        Func<InvoiceTurn, string>? Answer = null,
        bool FactsMatter = false,
        Func<ImmutableArray<DueWrite>>? MoreDue = null,
        CommandKey? Mark = null,
        Func<Task>? Again = null);
}
