using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Catalog;

/// <summary>Moves the subscribers of a plan's versions to another version.</summary>
internal sealed record PlanMigrationBody
{
    /// <summary>Every version before it unless given.</summary>
    [Entries(1, 100), Whole(1, int.MaxValue)]
    public IReadOnlyList<int>? FromVersions { get; init; }

    /// <summary>Whom; everybody unless given.</summary>
    public CohortBody? Cohort { get; init; }

    /// <summary><c>now</c> (unless given) or <c>period_end</c> of each subscription.</summary>
    public DefaultTime? When { get; init; }

    /// <summary>How the rest of each period is measured; each price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }
}

/// <summary>A part of the subscribers: a percentage or names.</summary>
internal sealed record CohortBody
{
    /// <summary>More than 0 and at most 100. Those of 10 % are among those of 20 %.</summary>
    [Decimal(Positive = true, Max = 100)]
    public decimal? Percent { get; init; }

    /// <summary>Subscriptions, by id or external id.</summary>
    [Entries(1, MigrationCohort.MaxNamed), Text(TextKind.Reference)]
    public IReadOnlyList<string>? Subscriptions { get; init; }
}
