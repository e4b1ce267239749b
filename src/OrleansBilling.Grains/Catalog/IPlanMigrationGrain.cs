using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>
/// Moves the subscribers of a plan's versions to another version, in batches of due work. Key: <c>mig_...</c>
/// </summary>
[Alias("OrleansBilling.IPlanMigrationGrain")]
public interface IPlanMigrationGrain : IDueGrain
{
    /// <summary>
    /// Starts it. 404 <c>plan_not_found</c>, <c>plan_version_not_found</c>; 422 <c>nothing_to_migrate</c> (no version to move
    /// from), <c>full_difference_needs_change</c> and the refusals of <see cref="MigrationCohort.Check"/>.
    /// </summary>
    [Alias("Start")]
    Task<CommandAnswer> Start(CommandKey key, Instant now, StartPlanMigration command);
}

/// <summary>The command that moves subscribers to a version of their plan.</summary>
[GenerateSerializer, Alias("start_plan_migration"), Immutable]
public sealed record StartPlanMigration
{
    /// <summary>Plan code.</summary>
    [Id(0)] public required string Plan { get; init; }

    /// <summary>The version to move to.</summary>
    [Id(1)] public required int Version { get; init; }

    /// <summary>The versions to move from; empty is every one before <see cref="Version"/>.</summary>
    [Id(2)] public ImmutableArray<int> FromVersions { get; init; } = [];

    /// <summary>Which of their subscribers.</summary>
    [Id(3)] public MigrationCohort Cohort { get; init; } = MigrationCohort.All;

    /// <summary>True at the end of each subscription's current period, false now.</summary>
    [Id(4)] public bool AtPeriodEnd { get; init; }

    /// <summary>Null takes each price's own, else <c>day</c>.</summary>
    [Id(5)] public ProrationPolicy? Proration { get; init; }
}

/// <summary>Reads who subscribes to the versions of a plan, by the rows of subscriptions.</summary>
public interface IPlanSubscribers
{
    /// <summary>Subscribers that have not ended, by id, after one of them; with the clock that each lives on.</summary>
    /// <param name="plan">Plan code.</param>
    /// <param name="versions">Versions of it.</param>
    /// <param name="after">The id of the last one seen; empty for the first page.</param>
    /// <param name="limit">How many at most.</param>
    Task<IReadOnlyList<PlanSubscriber>> ReadAsync(string plan, IReadOnlyList<int> versions, string after, int limit);

    /// <summary>Subscriptions by id, whatever they are on; those that are gone are left out.</summary>
    Task<IReadOnlyList<PlanSubscriber>> NamedAsync(IReadOnlyList<string> subscriptions);
}

/// <summary>A subscriber.</summary>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="Clock"><c>live</c>, or the id of a test clock.</param>
public sealed record PlanSubscriber(string Subscription, string Clock);
