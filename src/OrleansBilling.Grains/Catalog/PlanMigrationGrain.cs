using System.Collections.Immutable;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>
/// Moves a plan's subscribers, batch after batch. Each subscription moves in a turn of its own, under a key that names the
/// migration and itself: a batch that is run again after a crash finds what was done, and moves nobody twice.
/// </summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed class PlanMigrationGrain(
    [PersistentState("plan_migration", TurnGrain.Storage)] IPersistentState<StateEnvelope<PlanMigrationState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    ICatalog catalog,
    IPlanSubscribers subscribers,
    IClocks clocks) : TurnGrain<PlanMigrationState>(stored, committer, commands), IPlanMigrationGrain
{
    private const int BatchSize = 200;
    private const int AtOnce = 16;
    private const string KeyScope = "plan_migration";

    /// <summary>Tries again of what failed: over about ten minutes. What fails then is left to a person.</summary>
    private const int MaxTries = 7;
    private static readonly Duration FirstWait = Duration.FromSeconds(5);

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public Task<CommandAnswer> Start(CommandKey key, Instant now, StartPlanMigration command) =>
        ExecuteAsync(
            key,
            async () =>
            {
                var header = await catalog.FindHeaderAsync(command.Plan);
                return (Header: header, Exists: header is not null && await catalog.FindAsync(command.Plan, command.Version) is not null);
            },
            (_, read) => RefusalOf(command, read.Header, read.Exists) is { } refusal ? refusal : Started(key.Actor, now, command));

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        // Whom a batch moves is committed before anybody is: those who have moved are not found on their old version again.
        if (State is { FinishedAt: null, Batch.IsEmpty: true })
        {
            await CommitAsync(() => FindBatchAsync(State!), (state, found) => Found(state!, found, message.Now));
        }

        if (State is { FinishedAt: null, Batch.IsEmpty: false } && !(State.RetryAt > message.Now))
        {
            await CommitAsync(() => RunBatchAsync(State!, message.Now), (state, results) => Done(state!, results, message.Now));
        }

        return new DueAnswer([]);
    }

    /// <summary>What stands against a migration, or null.</summary>
    public static Refusal? RefusalOf(StartPlanMigration command, PlanHeader? header, bool exists)
    {
        if (header is null)
        {
            return Refusal.NotFound("plan_not_found", $"There is no plan {command.Plan}.");
        }

        if (!exists)
        {
            return Refusal.NotFound("plan_version_not_found", $"Plan {command.Plan} has no version {command.Version}; the newest is {header.LatestVersion}.");
        }

        if (FromVersions(command).IsEmpty)
        {
            return Refusal.Rule("nothing_to_migrate", $"There is no version before {command.Version} to move from: name from_versions.", "from_versions");
        }

        if (command.FromVersions.FirstOrDefault(version => version > header.LatestVersion || version == command.Version) is > 0 and var wrong)
        {
            return Refusal.Rule("nothing_to_migrate", $"Nobody is moved from version {wrong} to version {command.Version} of plan {command.Plan}.", "from_versions");
        }

        return MigrationCohort.Check(command.Cohort)
            ?? (command.Proration is ProrationPolicy.FullDifference && command.AtPeriodEnd
                ? Refusal.Rule("full_difference_needs_change", "At the end of the period nothing is prorated; leave proration out.", "proration")
                : null);
    }

    /// <summary>The versions that a command moves from.</summary>
    public static ImmutableArray<int> FromVersions(StartPlanMigration command) => command.FromVersions.IsEmpty
        ? [.. Enumerable.Range(1, Math.Max(0, command.Version - 1))]
        : [.. command.FromVersions.Distinct().Order()];

    private TurnDecision<PlanMigrationState> Started(Actor actor, Instant now, StartPlanMigration command)
    {
        var cohort = command.Cohort with { Subscriptions = [.. command.Cohort.Subscriptions.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
        var state = new PlanMigrationState(
            Id, command.Plan, command.Version, FromVersions(command), cohort, command.AtPeriodEnd, command.Proration, now, actor);
        var told = BillingEvent.Of("plan.migration_started", "", Id, ("plan", state.Plan), ("version", (long)state.Version));
        var write = new TurnWrite
        {
            At = now,
            Rows = [RowOf(state)],
            Due = [DueOf(now)],
            Documents = Documents.None with { Events = [told] },
        };
        return TurnDecision<PlanMigrationState>.Commit(state, write, PlanMigrationView.Render(state), status: 201);
    }

    /// <summary>The next subscribers, and how far the search has come; null at its end.</summary>
    private async Task<(IEnumerable<PlanSubscriber> Members, string? Last)> FindBatchAsync(PlanMigrationState state)
    {
        if (state.Tries > 0 || state.Again.Length >= BatchSize)
        {
            return ([], null);
        }

        var named = state.Cohort.Subscriptions.Where(id => string.CompareOrdinal(id, state.After) > 0).Take(BatchSize).ToList();
        var found = state.Cohort.Subscriptions.IsEmpty
            ? await subscribers.ReadAsync(state.Plan, state.FromVersions, state.After, BatchSize)
            : await subscribers.NamedAsync(named);
        return (found.Where(each => state.Cohort.Contains(each.Subscription)), found.Select(each => each.Subscription).Concat(named).Max(StringComparer.Ordinal));
    }

    private static TurnDecision<PlanMigrationState> Found(PlanMigrationState state, (IEnumerable<PlanSubscriber> Members, string? Last) found, Instant now)
    {
        var again = found.Last is null && !state.Again.IsEmpty;
        var after = state with
        {
            Batch = again ? state.Again : [.. found.Members],
            Again = again ? [] : state.Again,
            RetryAt = again ? now + (FirstWait * (1 << state.Tries)) : null,
            Tries = again ? state.Tries + 1 : 0,
            After = found.Last ?? state.After,
            Batches = state.Batches + 1,
            // One that stopped for those who failed goes on searching.
            FinishedAt = found.Last is null && !again && state.Tries == 0 ? now : null,
        };
        var finished = BillingEvent.Of(
            "plan.migration_finished", "", state.Id, ("moved", (long)after.Moved), ("scheduled", (long)after.Scheduled), ("refused", (long)after.Refused));
        return TurnDecision<PlanMigrationState>.Commit(after, new TurnWrite
        {
            At = now,
            Rows = [RowOf(after)],
            // The row moves with each batch: one that stood still would count as stuck.
            Due = [DueOf(after.FinishedAt is null ? NextAt(after, now) : null, state.Id) with { RunAt = after.RetryAt }],
            Documents = after.FinishedAt is null ? Documents.None : Documents.None with { Events = [finished] },
        });
    }

    private static Instant NextAt(PlanMigrationState state, Instant now) => Instant.Max(now, state.CreatedAt + Duration.FromMilliseconds(state.Batches));

    private async Task<List<(PlanSubscriber Subscriber, MigrationResultRow Result, bool IsTransient)>> RunBatchAsync(PlanMigrationState state, Instant now)
    {
        var results = new List<(PlanSubscriber, MigrationResultRow, bool)>(state.Batch.Length);
        foreach (var some in state.Batch.Chunk(AtOnce))
        {
            results.AddRange(await Task.WhenAll(some.Select(async each =>
            {
                var (result, isTransient) = await MoveAsync(state, each, now);
                return (each, result, isTransient);
            })));
        }

        return results;
    }

    /// <summary>
    /// Moves one subscription. Whatever stands against it is noted, and stops no other; what may be gone soon (an error, a
    /// conflict, a clock that advances) is tried again.
    /// </summary>
    private async Task<(MigrationResultRow Result, bool IsTransient)> MoveAsync(PlanMigrationState state, PlanSubscriber subscriber, Instant now)
    {
        (MigrationResultRow, bool) Refused(string code, string detail, bool isTransient = false) =>
            (new(state.Id, subscriber.Subscription, "refused", code, detail, now), isTransient);

        try
        {
            var reading = await clocks.ReadAsync(subscriber.Clock);
            if (reading is not { Advancing: false })
            {
                return reading is null
                    ? Refused("clock_gone", $"Test clock {subscriber.Clock} does not exist any more.")
                    : Refused("clock_advancing", $"Test clock {subscriber.Clock} advances; migrate the subscription once it is ready.", isTransient: true);
            }

            var key = new CommandKey(KeyScope, $"{state.Id}/{subscriber.Subscription}", state.Id, state.Actor);
            var command = new MovePlanVersion(state.Plan, state.FromVersions, state.Version, state.AtPeriodEnd) { Proration = state.Proration };
            var answer = await GrainFactory.GetGrain<ISubscriptionGrain>(subscriber.Subscription).MoveVersion(key, reading.Now, command);
            return answer.Refusal is { } refusal
                ? Refused(refusal.Code, refusal.Detail, refusal.Status == 409)
                : (new MigrationResultRow(state.Id, subscriber.Subscription, state.AtPeriodEnd ? "scheduled" : "moved", null, null, now), false);
        }
        catch (Exception e)
        {
            return Refused("failed", e.Message, isTransient: true);
        }
    }

    private static TurnDecision<PlanMigrationState> Done(
        PlanMigrationState state, List<(PlanSubscriber Subscriber, MigrationResultRow Result, bool IsTransient)> tried, Instant now)
    {
        bool IsTriedAgain(bool isTransient) => isTransient && state.Tries < MaxTries;
        ImmutableArray<MigrationResultRow> results = [.. tried.Where(one => !IsTriedAgain(one.IsTransient)).Select(one => one.Result)];
        int Count(string status) => results.Count(result => result.Status == status);

        var after = state with
        {
            Batch = [],
            Again = [.. state.Again, .. tried.Where(one => IsTriedAgain(one.IsTransient)).Select(one => one.Subscriber)],
            RetryAt = null,
            Moved = state.Moved + Count("moved"),
            Scheduled = state.Scheduled + Count("scheduled"),
            Refused = state.Refused + Count("refused"),
        };
        return TurnDecision<PlanMigrationState>.Commit(after, new TurnWrite
        {
            At = now,
            Rows = [.. results],
            // A batch that was tried again had waited; what follows it does not.
            Due = state.RetryAt is null ? [] : [DueOf(NextAt(after, now), state.Id)],
        });
    }

    private DueWrite DueOf(Instant at) => DueOf(at, Id);

    private static DueWrite DueOf(Instant? at, string id) =>
        new(new DueKey(DueTargets.PlanMigration, id, DueKind.Migrate), "", AccountFacts.LiveClock, at);

    private static PlanMigrationRow RowOf(PlanMigrationState state) => new(state.Id, state.Plan, state.Version, state.CreatedAt, state.FinishedAt);
}
