using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>What <c>POST /v1/quotes/proration</c> asks.</summary>
/// <param name="TimeZone">IANA id.</param>
/// <param name="Interval">Length of the period.</param>
/// <param name="Period">The whole nominal period, for which the old price was billed.</param>
/// <param name="ChangeAt">The instant of the change, within the period or at its end.</param>
/// <param name="Old">Old price of a whole period in minor units; alone it means an end.</param>
/// <param name="New">New price of a whole period in minor units; alone it means a start.</param>
/// <param name="Policy">How parts of the period are measured.</param>
public sealed record ProrationQuoteRequest(
    string TimeZone, BillingInterval Interval, Period Period, Instant ChangeAt, long? Old, long? New, ProrationPolicy Policy);

/// <summary>An amount in minor units and the share of the nominal period that it stands for.</summary>
public readonly record struct ProratedAmount(long Amount, Share Fraction);

/// <summary>What a change costs.</summary>
/// <param name="Credit">Given back of the old price, as an amount of zero or more; its invoice line turns the sign.</param>
/// <param name="Charge">Taken for the rest of the period at the new price.</param>
public sealed record ProrationQuoteAnswer(ProratedAmount Credit, ProratedAmount Charge)
{
    /// <summary>Charge less credit; below zero where the customer gets money back.</summary>
    public long Net => Charge.Amount - Credit.Amount;
}

/// <summary>The decision behind <c>POST /v1/quotes/proration</c>: the very arithmetic that bills, and nothing written.</summary>
public static class ProrationQuote
{
    private static readonly ProratedAmount Nothing = new(0, Share.Zero);

    /// <summary>Credit and charge of a change.</summary>
    /// <returns>
    /// 400 <c>unknown_time_zone</c>, <c>instant_out_of_range</c>, <c>invalid_interval</c>, <c>missing_amount</c>,
    /// <c>invalid_amount</c>; 422 <c>period_not_one_interval</c>, <c>change_outside_period</c>.
    /// </returns>
    public static Decided<ProrationQuoteAnswer> Decide(ProrationQuoteRequest request)
    {
        if (RefusalFor(request) is { } refusal)
        {
            return refusal;
        }

        return request.Policy switch
        {
            // A change moves nothing until the next period, even one at the very start of this one.
            ProrationPolicy.None when request.Old is not null => new ProrationQuoteAnswer(Nothing, Nothing),
            ProrationPolicy.FullDifference => new ProrationQuoteAnswer(Nothing, WholeDifference(request)),
            _ => new ProrationQuoteAnswer(CreditOf(request), ChargeOf(request)),
        };
    }

    private static ProratedAmount CreditOf(ProrationQuoteRequest request)
    {
        if (request.Old is not { } old)
        {
            return Nothing;
        }

        var unused = Proration.UnusedShare(
            request.Policy, request.Period, request.ChangeAt, request.Period, request.Interval, request.TimeZone);
        return new ProratedAmount(Proration.CreditOf(old, unused, Share.One), unused);
    }

    private static ProratedAmount ChargeOf(ProrationQuoteRequest request)
    {
        if (request.New is not { } price)
        {
            return Nothing;
        }

        var share = Proration.ChargedShare(
            request.Policy, request.Period, request.ChangeAt, request.Period.End, request.Interval, request.TimeZone);
        return new ProratedAmount(Proration.Charge(price, share), share);
    }

    private static ProratedAmount WholeDifference(ProrationQuoteRequest request) =>
        request.New is { } price && request.ChangeAt < request.Period.End
            ? new ProratedAmount(Proration.FullDifference(price, Share.One, request.Old ?? 0), Share.One)
            : Nothing;

    private static Refusal? RefusalFor(ProrationQuoteRequest request) =>
        TimeZones.RefusalFor(request.TimeZone)
        ?? BillingInterval.Of(request.Interval.Unit, request.Interval.Count).Refusal
        ?? TimeRange.RefusalFor(request.Period.Start, "period.start")
        ?? TimeRange.RefusalFor(request.Period.End, "period.end")
        ?? AmountRefusal(request)
        ?? PeriodRefusal(request);

    private static Refusal? AmountRefusal(ProrationQuoteRequest request) =>
        request switch
        {
            { Old: null, New: null } => Refusal.Invalid(
                "missing_amount", "Give old for an end, new for a start, both for a change.", "old"),
            { Old: < 0 } => Refusal.Invalid("invalid_amount", "Give an amount of zero or more.", "old.amount"),
            { New: < 0 } => Refusal.Invalid("invalid_amount", "Give an amount of zero or more.", "new.amount"),
            _ => null,
        };

    private static Refusal? PeriodRefusal(ProrationQuoteRequest request)
    {
        var period = request.Period;
        if (!PeriodCalendar.IsOneInterval(period, request.Interval, request.TimeZone))
        {
            return Refusal.Rule(
                "period_not_one_interval",
                $"Give the whole nominal period: its end must be {request.Interval} after its start in {request.TimeZone}.",
                "period");
        }

        return request.ChangeAt < period.Start || request.ChangeAt > period.End
            ? Refusal.Rule("change_outside_period", "Give an instant of the period, or its end.", "change_at")
            : null;
    }
}
