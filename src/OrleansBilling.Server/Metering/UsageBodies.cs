using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Metering;

/// <summary>Sends usage events. Read event by event, and never by this record: it describes the request.</summary>
internal sealed record UsageEventsBody
{
    /// <summary>1 to 1,000.</summary>
    [Entries(1, Limits.EventsPerBody)]
    public required IReadOnlyList<UsageEventBody> Events { get; init; }
}

/// <summary>A usage event.</summary>
internal sealed record UsageEventBody
{
    /// <summary>Your own id of it: an account's event counts once by it.</summary>
    [Text(TextKind.Reference)]
    public required string Id { get; init; }

    /// <summary>Id or external id.</summary>
    [Text(TextKind.Reference)]
    public required string Account { get; init; }

    /// <summary>Id or external id; of the account.</summary>
    [Text(TextKind.Reference)]
    public string? Subscription { get; init; }

    /// <summary>The code of the meter.</summary>
    [Text(TextKind.Code)]
    public required string Meter { get; init; }

    /// <summary>When it happened; the time of first receipt unless given.</summary>
    public Instant? At { get; init; }

    /// <summary>Its number, as a decimal string or a JSON number.</summary>
    [Decimal(Signed = true)]
    public decimal? Value { get; init; }

    /// <summary>At most 50 pairs; values are strings, numbers, true or false.</summary>
    [Entries(0, UsageLimits.Properties), Text(Max = UsageLimits.PropertyValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <summary>The hold whose commit pays for it.</summary>
    [Text(TextKind.Reference)]
    public string? Hold { get; init; }
}

/// <summary>Chooses events by what they say.</summary>
internal sealed record UsageFilterBody
{
    /// <summary>Id or external id.</summary>
    [Text(TextKind.Reference)]
    public required string Account { get; init; }

    /// <summary>Of this meter only.</summary>
    [Text(TextKind.Code)]
    public string? Meter { get; init; }

    /// <summary>Of this subscription only; id or external id.</summary>
    [Text(TextKind.Reference)]
    public string? Subscription { get; init; }

    /// <summary>At or after.</summary>
    public Instant? From { get; init; }

    /// <summary>Before.</summary>
    public Instant? To { get; init; }

    /// <summary>Properties and the values of which an event must have one.</summary>
    [Entries(0, Limits.MeterProperties), Text(TextKind.Reference)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Properties { get; init; }
}

/// <summary>Corrects usage events.</summary>
internal sealed record UsageCorrectionBody
{
    /// <summary>The events' own ids.</summary>
    [Entries(1, Limits.EventsPerBody), Text(TextKind.Reference)]
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Whose events the ids are; those of every account unless given.</summary>
    [Text(TextKind.Reference)]
    public string? Account { get; init; }

    /// <summary>Chooses by what events say, in the place of ids.</summary>
    public UsageFilterBody? Filter { get; init; }

    /// <summary>Void: they never counted. Amend: they count for another value.</summary>
    public required UsageCorrectionAction Action { get; init; }

    /// <summary>What amended events count for.</summary>
    [Decimal(Signed = true)]
    public decimal? Value { get; init; }

    /// <summary>Why.</summary>
    [Text]
    public string? Reason { get; init; }

    /// <summary>Writes nothing and answers what would follow.</summary>
    public bool? Preview { get; init; }

    /// <summary>The record of the domain.</summary>
    /// <param name="account">The id of the account, in the body or its filter.</param>
    /// <param name="subscription">The id of the filter's subscription.</param>
    public UsageCorrection ToDomain(string? account, string? subscription) => new(
        Action,
        Value,
        [.. Ids ?? []],
        Filter is null ? null : new UsageSelection(account!)
        {
            Meter = Filter.Meter,
            Subscription = subscription,
            From = Filter.From,
            To = Filter.To,
            Properties = (Filter.Properties ?? ImmutableDictionary<string, IReadOnlyList<string>>.Empty)
                .ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray(), StringComparer.Ordinal),
        },
        Filter is null ? account : Account,
        Reason);
}
