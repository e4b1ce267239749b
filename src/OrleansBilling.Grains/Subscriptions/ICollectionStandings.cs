using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Reads how collection of a subscription's open invoices stands, from their rows.</summary>
public interface ICollectionStandings
{
    /// <summary>
    /// The standing of a subscription, nothing past due where it has no open invoice; with the row <c>collection_changed</c>
    /// that asks for it as it stood at the same moment, null where there is none.
    /// </summary>
    Task<(CollectionStanding Standing, SeenRow? Asked)> ReadAsync(string subscription);
}
