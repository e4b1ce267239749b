using System.Collections.Immutable;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>A change of a subscription's settings; null members stay as they are.</summary>
[GenerateSerializer, Alias("subscription_patch"), Immutable]
public sealed record SubscriptionPatch
{
    /// <summary>The id of a payment method of the account; empty goes back to the account's default.</summary>
    [Id(0)] public string? PaymentMethod { get; init; }

    /// <summary>Merged by key; an empty value removes the key.</summary>
    [Id(1)] public ImmutableSortedDictionary<string, string>? Metadata { get; init; }
}
