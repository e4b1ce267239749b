using System.Collections.Immutable;

namespace OrleansBilling.Domain.Kernel;

/// <summary>Something that happened, told to the outside (<c>GET /v1/events</c>, webhooks) and kept as the record of it.</summary>
/// <param name="Type">Past tense, such as <c>subscription.renewed</c>.</param>
/// <param name="Account">The account concerned.</param>
/// <param name="Subject">The id of the resource concerned.</param>
/// <param name="Data">Facts by snake_case name; values are strings, whole numbers, booleans, instants or null.</param>
public sealed record BillingEvent(string Type, string Account, string Subject, ImmutableSortedDictionary<string, object?> Data)
{
    /// <summary>An event with its facts as pairs.</summary>
    public static BillingEvent Of(string type, string account, string subject, params (string Name, object? Value)[] data) =>
        new(type, account, subject, data.ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal));
}
