using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Reads how collection of a subscription's open invoices stands, from their rows.</summary>
public interface ICollectionStandings
{
    /// <summary>The standing of a subscription; nothing past due where it has no open invoice.</summary>
    Task<CollectionStanding> ReadAsync(string subscription);
}
