using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

namespace OrleansBilling.Server.Metering;

/// <summary>What became of the events of a request.</summary>
/// <param name="Accepted">Durable now, and not before.</param>
/// <param name="Duplicates">There before, with the same content.</param>
/// <param name="SetAside">Of unknown accounts or meters, kept apart.</param>
/// <param name="Rejected">Not taken, each with its reason.</param>
internal sealed record UsageTakenView(int Accepted, int Duplicates, int SetAside, IReadOnlyList<UsageRejectedView> Rejected)
{
    /// <summary>The view of a report.</summary>
    public static UsageTakenView Of(UsageReport report) => new(
        report.Accepted, report.Duplicates, report.SetAside, [.. report.Rejected.Select(one => new UsageRejectedView(one.Index, one.Why.Code, one.Why.Detail))]);
}

/// <summary>An event that was not taken.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Detail">What to do.</param>
internal sealed record UsageRejectedView(int Index, string Code, string Detail);

/// <summary>An account's usage of a span of time; cost so far, limits, entitlements and credits stand in answers about the current period only.</summary>
internal sealed record UsageView(
    string Object, string Account, string? Subscription, Instant From, Instant To, string TimeZone, UsageWindow Window, IReadOnlyList<string> GroupBy, IReadOnlyList<MeterUsageView> Data,
    string Currency, long? Amount, IReadOnlyList<UsageChargeView>? Charges, IReadOnlyList<UsageLimitView>? Limits, IReadOnlyList<UsageEntitlementView>? Entitlements,
    IReadOnlyList<UsageCreditView>? Credits);

/// <summary>The usage of one meter.</summary>
/// <param name="Meter">Its code.</param>
/// <param name="Aggregation">How its quantities come about.</param>
/// <param name="Quantity">Of the whole span and all groups; null where no event has a value.</param>
/// <param name="Events">How many events the span has.</param>
/// <param name="Series">By window, then by group.</param>
internal sealed record MeterUsageView(string Meter, MeterAggregation Aggregation, decimal? Quantity, long Events, IReadOnlyList<UsageAmountView> Series);

/// <summary>The usage of one window and group.</summary>
/// <param name="Start">Of the window.</param>
/// <param name="End">Of the window.</param>
/// <param name="Group">The values of the properties that were asked for; empty where none was.</param>
/// <param name="Quantity">As the meter aggregates and rounds.</param>
/// <param name="Events">How many events it is made of.</param>
internal sealed record UsageAmountView(Instant Start, Instant End, IReadOnlyDictionary<string, string?> Group, decimal? Quantity, long Events)
{
    /// <summary>The view of an amount.</summary>
    public static UsageAmountView Of(UsageAmount amount, IReadOnlyList<string> names) => new(
        amount.Window.Start, amount.Window.End,
        names.Select((name, i) => (name, value: amount.Group[i])).ToDictionary(pair => pair.name, pair => pair.value, StringComparer.Ordinal),
        amount.Quantity, amount.Events);
}

/// <summary>A correction, or what one would do.</summary>
internal sealed record UsageCorrectionView(
    string? Id, string Object, string Action, decimal? Value, string? Reason, int Events, bool Preview, IReadOnlyList<UsageEffect>? Effects,
    IReadOnlyList<BilledEffectView>? Billed, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a row of the list.</summary>
    public static UsageCorrectionView Of(CorrectionRead row) =>
        new(row.Id, "usage_correction", row.Action, row.Value, row.Reason, row.Events, Preview: false, Effects: null, Billed: null, row.CreatedAt);
}

/// <summary>An event of an unknown account or meter.</summary>
/// <param name="Id">Its number here.</param>
/// <param name="Object">Always <c>unknown_event</c>.</param>
/// <param name="Event">Its own id.</param>
/// <param name="Account">What it names as its account.</param>
/// <param name="Meter">What it names as its meter.</param>
/// <param name="Body">The event as it came.</param>
/// <param name="CreatedAt">When it was received.</param>
internal sealed record UnknownEventView(string Id, string Object, string Event, string Account, string Meter, string Body, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a row.</summary>
    public static UnknownEventView Of(StrayRow row) => new(
        row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), "unknown_event", row.Event, row.Account, row.Meter, row.Body, row.ReceivedAt);
}

/// <summary>What became of events that were kept apart.</summary>
internal sealed record UsageReplayView(int Accepted, int Duplicates, int Unknown, IReadOnlyList<UnknownRejectedView> Rejected);

/// <summary>A kept event that is known now, and refused.</summary>
internal sealed record UnknownRejectedView(string Id, string Code, string Detail);
