using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Alerts;

namespace OrleansBilling.Domain.Tests.Alerts;

public sealed class AlertRulesTests
{
    private static readonly Alert Good = new("alert_1", AlertKind.Usage, [100, 200], Instant.FromUtc(2026, 5, 1, 0, 0)) { Account = "acct_1", Meter = "m" };

    public static TheoryData<string, string?, string?> Cases => new()
    {
        { "good", null, null },
        { "balance", null, null },
        { "zero balance", null, null },
        { "no subject", "account_or_plan", "account" },
        { "two subjects", "account_or_plan", "account" },
        { "no meter", "meter_needed", "meter" },
        { "meter of a balance", "meter_unused", "meter" },
        { "wallet of usage", "wallet_unused", "wallet" },
        { "wallet of a plan", "wallet_unused", "wallet" },
        { "nothing", "too_few", "thresholds" },
        { "many", "too_many", "thresholds" },
        { "zero", "threshold_needed", "thresholds[0]" },
        { "negative", "negative_quantity", "thresholds[1]" },
        { "twice", "threshold_twice", "thresholds[1]" },
        { "spend", null, null },
        { "part of a cent", "invalid_amount", "thresholds[0]" },
        { "blank name", "invalid_name", "name" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void An_alert_names_one_subject_and_its_thresholds(string name, string? code, string? field)
    {
        var balance = Good with { Kind = AlertKind.Balance, Meter = null };
        var refusal = AlertRules.Check(name switch
        {
            "balance" => balance with { Wallet = "wal_1" },
            "zero balance" => balance with { Thresholds = [0] },
            "no subject" => Good with { Account = null },
            "two subjects" => Good with { Plan = "p" },
            "no meter" => Good with { Meter = null },
            "meter of a balance" => balance with { Meter = "m" },
            "wallet of usage" => Good with { Wallet = "wal_1" },
            "wallet of a plan" => balance with { Account = null, Plan = "p", Wallet = "wal_1" },
            "nothing" => Good with { Thresholds = [] },
            "many" => Good with { Thresholds = [.. Enumerable.Range(1, 21).Select(i => (decimal)i)] },
            "zero" => Good with { Thresholds = [0, 100] },
            "negative" => Good with { Thresholds = [1, -1] },
            "twice" => Good with { Thresholds = [1, 1.0m] },
            "spend" => balance with { Kind = AlertKind.Spend },
            "part of a cent" => balance with { Kind = AlertKind.Spend, Thresholds = [0.5m] },
            "blank name" => Good with { Name = " " },
            _ => Good,
        });
        Assert.Equal((code, field), (refusal?.Code, refusal?.Field));
    }
}
