using NodaTime;
using OrleansBilling.Domain.Alerts;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Alerts;

/// <summary>Whom a firing has invoiced for what was used so far.</summary>
public sealed class AlertInvoiceTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 5, 1, 0, 0);
    private static readonly Period May = new(Start, Start + Duration.FromDays(31));
    private static readonly Period Week = new(Start + Duration.FromDays(7), Start + Duration.FromDays(14));

    [Theory]
    [InlineData(AlertKind.Spend, true, 10, false, "sub_1 sub_2")]
    // The week of the second is over, or has not begun: its renewal bills it.
    [InlineData(AlertKind.Spend, true, 14, false, "sub_1")]
    [InlineData(AlertKind.Spend, true, 6, false, "sub_1")]
    // The period before, which is watched for an hour more.
    [InlineData(AlertKind.Spend, true, 31, false, "")]
    [InlineData(AlertKind.Spend, true, 10, true, "")]
    [InlineData(AlertKind.Spend, false, 10, false, "")]
    [InlineData(AlertKind.Usage, true, 10, false, "")]
    public void A_firing_invoices_those_whose_period_runs(AlertKind kind, bool invoice, int day, bool recovered, string expected)
    {
        var alert = new Alert("alert_1", kind, [100m], Start) { Account = "acct_1", Invoice = invoice };
        var target = new AlertTarget("acct_1", May) { Spans = [new AlertSpan("sub_1", May), new AlertSpan("sub_2", Week)] };
        var firing = new AlertFiring("alert_1", "acct_1", 100, May, Start + Duration.FromDays(day), 120) { RecoveredAt = recovered ? Start + Duration.FromDays(day) : null };

        Assert.Equal(expected, string.Join(' ', firing.Invoices(alert, target)));
    }
}
