using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What a part of a usage line's span has added to its amount: that part is paid by grants which counted then.</summary>
/// <param name="Span">From when to when; no grant begins or ends within it.</param>
/// <param name="Amount">Minor units: the price of all usage up to its end, less that of all before it.</param>
public sealed record UsageShare(Period Span, long Amount);
