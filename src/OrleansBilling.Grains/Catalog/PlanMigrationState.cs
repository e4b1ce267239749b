using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>A migration as its grain keeps it; what became of each subscription are rows.</summary>
/// <param name="Id"><c>mig_...</c></param>
/// <param name="Plan">Plan code.</param>
/// <param name="Version">The version moved to.</param>
/// <param name="FromVersions">The versions moved from.</param>
/// <param name="Cohort">Which of their subscribers.</param>
/// <param name="AtPeriodEnd">True at the end of each subscription's current period.</param>
/// <param name="Proration">The call's policy, or null.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="Actor">Who asked, for the audit rows of the subscriptions' turns.</param>
public sealed record PlanMigrationState(
    string Id,
    string Plan,
    int Version,
    ImmutableArray<int> FromVersions,
    MigrationCohort Cohort,
    bool AtPeriodEnd,
    ProrationPolicy? Proration,
    Instant CreatedAt,
    Actor Actor)
{
    /// <summary>Whom the batch moves that is under way; empty between batches.</summary>
    public ImmutableArray<PlanSubscriber> Batch { get; init; } = [];

    /// <summary>Whose move failed and is tried again once the search has come to its end, or these are as many as a batch.</summary>
    public ImmutableArray<PlanSubscriber> Again { get; init; } = [];

    /// <summary>Counts the tries of a batch of <see cref="Again"/>; 0 while there is none.</summary>
    public int Tries { get; init; }

    /// <summary>When that batch is tried; null for all others.</summary>
    public Instant? RetryAt { get; init; }

    /// <summary>Subscriptions up to this id have been looked at; empty at the start.</summary>
    public string After { get; init; } = "";

    /// <summary>Counts the batches.</summary>
    public int Batches { get; init; }

    /// <summary>Subscriptions that are on the version.</summary>
    public int Moved { get; init; }

    /// <summary>Subscriptions that will be at the end of their period.</summary>
    public int Scheduled { get; init; }

    /// <summary>Subscriptions that refused or failed.</summary>
    public int Refused { get; init; }

    /// <summary>When the last batch was done, or null.</summary>
    public Instant? FinishedAt { get; init; }
}

/// <summary>How a migration is shown over HTTP. <c>status</c> is <c>running</c> or <c>finished</c>.</summary>
public sealed record PlanMigrationView(
    string Id,
    string Object,
    string Status,
    string Plan,
    int Version,
    IReadOnlyList<int> FromVersions,
    MigrationCohortView? Cohort,
    string When,
    string? Proration,
    int Moved,
    int Scheduled,
    int Refused,
    Instant CreatedAt,
    Instant? FinishedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a migration.</summary>
    public static PlanMigrationView Of(PlanMigrationState state) => new(
        state.Id,
        "plan_migration",
        state.FinishedAt is null ? "running" : "finished",
        state.Plan,
        state.Version,
        [.. state.FromVersions],
        state.Cohort is { Percent: null, Subscriptions.IsEmpty: true } ? null : new MigrationCohortView(state.Cohort.Percent, [.. state.Cohort.Subscriptions]),
        state.AtPeriodEnd ? "period_end" : "now",
        state.Proration is { } policy ? ProrationPolicyNames.Of(policy) : null,
        state.Moved,
        state.Scheduled,
        state.Refused,
        state.CreatedAt,
        state.FinishedAt);

    /// <summary>The resource as JSON.</summary>
    public static string Render(PlanMigrationState state) => AnswerJson.Write(Of(state));
}

/// <summary>Whom a migration moves.</summary>
public sealed record MigrationCohortView(decimal? Percent, IReadOnlyList<string> Subscriptions);

/// <summary>What became of a subscription. <c>status</c> is <c>moved</c>, <c>scheduled</c> or <c>refused</c>, with the reason.</summary>
public sealed record MigrationResultView(string Subscription, string Status, string? Code, string? Detail);
