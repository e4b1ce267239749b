using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>A plan and its published versions. Key: <c>plan_</c> + code.</summary>
[Alias("OrleansBilling.IPlanGrain")]
public interface IPlanGrain : IGrainWithStringKey
{
    /// <summary>Publishes version 1. 409 <c>plan_exists</c>.</summary>
    [Alias("Publish")]
    Task<CommandAnswer> Publish(CommandKey key, Instant now, PlanVersion definition);

    /// <summary>Publishes the next version; the definition's version number is set here. 404 <c>plan_not_found</c>; 422 <c>plan_archived</c>.</summary>
    [Alias("PublishVersion")]
    Task<CommandAnswer> PublishVersion(CommandKey key, Instant now, PlanVersion definition);

    /// <summary>Closes the plan for new subscriptions. 404 <c>plan_not_found</c>.</summary>
    [Alias("Archive")]
    Task<CommandAnswer> Archive(CommandKey key, Instant now);
}
