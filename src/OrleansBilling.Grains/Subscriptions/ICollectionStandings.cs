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
    /// <param name="subscription"><c>sub_...</c></param>
    /// <param name="awaited">The invoice that the subscription waits for, whose state is read with it; null where it waits for none.</param>
    Task<(CollectionStanding Standing, SeenRow? Asked)> ReadAsync(string subscription, string? awaited);
}
