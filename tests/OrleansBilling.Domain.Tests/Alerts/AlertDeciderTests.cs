using System.Collections.Immutable;
using System.Globalization;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Alerts;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Alerts;

public sealed class AlertDeciderTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 5, 1, 0, 0);

    /// <summary>
    /// Steps "period:value" one after the other, and what is told of them: "+threshold" is reached, "-threshold" recovers, "." is silence.
    /// </summary>
    [Theory]
    [InlineData("0:0 0:99.9 0:100 0:150", "usage", ". . +100 .")]
    [InlineData("0:250 0:250", "usage", "+100+200 .")]
    [InlineData("0:120 0:220 0:320", "usage", "+100 +200 .")]
    [InlineData("0:250 0:150 0:50", "usage", "+100+200 -200 -100")]
    [InlineData("0:120 0:80 0:120 0:80", "usage", "+100 -100 . .")]
    [InlineData("0:120 1:120 2:50", "usage", "+100 +100 .")]
    [InlineData("0:120 1:50 0:50", "usage", "+100 . -100")]
    [InlineData("0:120 1:120 0:120", "usage", "+100 +100 .")]
    [InlineData("0:none 0:120 0:none", "usage", ". +100 -100")]
    [InlineData("0:120 1:120", "usage once", "+100 .")]
    [InlineData("0:50 1:120 1:50 1:120 2:120", "usage once", ". +100 -100 . .")]
    [InlineData("0:120 1:250 2:20", "usage once", "+100 +200 .")]
    [InlineData("0:300 0:200 0:199.5 0:100 0:0", "balance", ". +200 . +100 .")]
    [InlineData("0:300 0:50 0:250", "balance", ". +200+100 -200-100")]
    [InlineData("0:50 0:150 0:150 0:50", "balance", "+200+100 -100 . .")]
    [InlineData("0:50 1:50 1:300", "balance", "+200+100 +200+100 -200-100")]
    [InlineData("0:50 1:300 1:50", "balance", "+200+100 -200-100 +200+100")]
    [InlineData("0:50 1:300 1:50", "balance once", "+200+100 -200-100 .")]
    [InlineData("0:500 0:50", "balance archived", ". .")]
    [InlineData("0:120", "usage archived", ".")]
    public void Thresholds_are_told_once_and_recover_once(string steps, string kind, string told)
    {
        var alert = Of(kind);
        var known = new List<AlertFiring>();
        Assert.Equal(told, string.Join(' ', steps.Split(' ').Select(step => Run(alert, step, known))));
    }

    [Fact]
    public void Whatever_a_value_does_each_threshold_is_told_once_in_a_period_and_recovers_at_most_once() =>
        Gen.Select(Gen.Int[0, 3], Gen.Select(Gen.Int[0, 3], Gen.Decimal[0, 300]).List[1, 40]).Sample((kind, moves) =>
        {
            var alert = Of(Kinds[kind]);
            var known = new List<AlertFiring>();
            var at = Start;
            foreach (var (period, value) in moves)
            {
                at += Duration.FromSeconds(1);
                foreach (var told in AlertDecider.Decide(alert, Target(period), value, known, at))
                {
                    var before = known.FindIndex(one => KeyOf(one) == KeyOf(told));
                    if (told.RecoveredAt is null)
                    {
                        Assert.True(before < 0 && alert.Reaches(value, told.Threshold));
                        Assert.True(alert.Recurring || !known.Exists(one => one.Threshold == told.Threshold));
                        known.Add(told);
                    }
                    else
                    {
                        Assert.True(known[before].RecoveredAt is null && !alert.Reaches(value, told.Threshold));
                        known[before] = told;
                    }
                }

                // Looking again tells nothing.
                Assert.Empty(AlertDecider.Decide(alert, Target(period), value, known, at));
            }
        });

    private static readonly string[] Kinds = ["usage", "usage once", "balance", "balance once"];

    private static string KeyOf(AlertFiring firing) => $"{firing.Threshold}/{firing.Period.Start}";

    private static string Run(Alert alert, string step, List<AlertFiring> known)
    {
        var parts = step.Split(':');
        decimal? value = parts[1] is "none" ? null : decimal.Parse(parts[1], CultureInfo.InvariantCulture);
        var told = AlertDecider.Decide(alert, Target(int.Parse(parts[0], CultureInfo.InvariantCulture)), value, known, Start);
        foreach (var firing in told)
        {
            known.RemoveAll(one => KeyOf(one) == KeyOf(firing));
            known.Add(firing);
        }

        return told.IsEmpty ? "." : string.Concat(told.Select(firing => (firing.RecoveredAt is null ? "+" : "-") + firing.Threshold.ToString(CultureInfo.InvariantCulture)));
    }

    private static AlertTarget Target(int period) => new("sub_1", new Period(Start + Duration.FromDays(30 * period), Start + Duration.FromDays(30 * (period + 1))));

    private static Alert Of(string kind) => new("alert_1", kind.StartsWith("usage", StringComparison.Ordinal) ? AlertKind.Usage : AlertKind.Balance, [100, 200], Start)
    {
        Account = "acct_1",
        Meter = "m",
        Recurring = !kind.EndsWith("once", StringComparison.Ordinal),
        ArchivedAt = kind.EndsWith("archived", StringComparison.Ordinal) ? Start : null,
    };
}
