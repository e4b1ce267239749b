using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Metering;

/// <summary>What a correction does with events.</summary>
public enum UsageCorrectionAction
{
    /// <summary>They never counted.</summary>
    Void,

    /// <summary>They count with another value.</summary>
    Amend,
}

/// <summary>Chooses the events of an account by what they say.</summary>
/// <param name="Account"><c>acct_...</c></param>
public sealed record UsageSelection(string Account)
{
    /// <summary>Of this meter only.</summary>
    public string? Meter { get; init; }

    /// <summary>Of this subscription only.</summary>
    public string? Subscription { get; init; }

    /// <summary>At or after this instant.</summary>
    public Instant? From { get; init; }

    /// <summary>Before this instant.</summary>
    public Instant? To { get; init; }

    /// <summary>Properties and the values of which an event must have one.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Properties { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
}

/// <summary>A correction of usage events: events stay as they came, and a row beside them says what they count for.</summary>
/// <param name="Action">Void or amend.</param>
/// <param name="Value">What the events count for then; amendments only.</param>
/// <param name="Ids">The events' own ids; empty where a selection chooses.</param>
/// <param name="Selection">Chooses by what the events say; null where ids do.</param>
/// <param name="Account">Whose events the ids are; null takes those of every account.</param>
/// <param name="Reason">Why, in the words of who asked, or null.</param>
public sealed record UsageCorrection(
    UsageCorrectionAction Action, decimal? Value, ImmutableArray<string> Ids, UsageSelection? Selection, string? Account, string? Reason)
{
    /// <summary>What stands against it before any event is looked at, or null.</summary>
    /// <returns>422 <c>ids_or_filter</c>, <c>value_needed</c>, <c>value_unused</c>, <c>account_unused</c>, <c>range_empty</c>.</returns>
    public Refusal? Check() => this switch
    {
        _ when Ids.IsDefaultOrEmpty == (Selection is null) =>
            Refusal.Rule("ids_or_filter", "Choose the events either by 'ids' or by 'filter'.", "ids"),
        { Selection: not null, Account: not null } => Refusal.Rule("account_unused", "Name the account within 'filter'.", "account"),
        { Action: UsageCorrectionAction.Amend, Value: null } => Refusal.Rule("value_needed", "Give the value that the events shall count for.", "value"),
        { Action: UsageCorrectionAction.Void, Value: not null } => Refusal.Rule("value_unused", "Voided events count for nothing: leave the value out.", "value"),
        { Selection: { From: { } from, To: { } to } } when from >= to => Refusal.Rule("range_empty", "Give a 'to' that is later than 'from'.", "filter.to"),
        _ => null,
    };

    /// <summary>What stands against it where an event of this meter is among those chosen, or null: 422 <c>value_not_counted</c>.</summary>
    public Refusal? CheckMeter(Meter meter) => Action is UsageCorrectionAction.Amend && !meter.NeedsValue
        ? Refusal.Rule("value_not_counted", $"Meter {meter.Code} does not count values: void the events, and send others.", "action")
        : null;

    /// <summary>The event as it counts afterwards, or null where it does not.</summary>
    public UsageEvent? Apply(UsageEvent found) => Action is UsageCorrectionAction.Void ? null : found with { Value = Value };
}
