using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Tests.Kernel;

/// <summary>State is written as JSON that every release can read.</summary>
public sealed class BillingJsonTests
{
    private static readonly Instant Now = Instant.FromUtc(2024, 2, 29, 12, 30, 1);

    public static TheoryData<PricingModel, string> Models => new()
    {
        { new FlatModel(12.5m), "flat" },
        { new PerUnitModel(0.35m, 10), "per_unit" },
        { new PackageModel(100, 500), "package" },
        { new PercentageModel(1.2m), "percentage" },
        { new DynamicModel("amount") { MinimumAmount = 5 }, "dynamic" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Models_carry_their_type_and_come_back_equal(PricingModel model, string type)
    {
        var json = BillingJson.Write(model);
        Assert.Contains($"\"type\":\"{type}\"", json, StringComparison.Ordinal);
        Assert.Equal(model, BillingJson.Read<PricingModel>(json));
    }

    [Fact]
    public void A_plan_version_comes_back_equal()
    {
        var plan = new PlanVersion(
            "pro", 3, "Pro", Currency.Of("kwd"), new BillingInterval(IntervalUnit.Month, 3), 14,
            [new Price("seat", PriceKind.Recurring, BillingTiming.InAdvance, new VolumeModel([new Tier(10, 0.10m), new Tier(null, 0.050m)])) { Proration = ProrationPolicy.Day30 }]);
        var json = BillingJson.Write(plan);
        var back = BillingJson.Read<PlanVersion>(json);
        Assert.Equal(json, BillingJson.Write(back));
        Assert.Contains("\"proration\":\"day_30\"", json, StringComparison.Ordinal);
        Assert.Contains("\"currency\":\"kwd\"", json, StringComparison.Ordinal);
        Assert.Contains("0.050", json, StringComparison.Ordinal);
        Assert.Equal(plan.Interval, back.Interval);
    }

    [Fact]
    public void A_line_keeps_its_steps_and_shares()
    {
        var draft = new LineDraft(LineKind.ProrationCredit, "Unused", new OrleansBilling.Domain.Schedule.Period(Now, Now + Duration.FromDays(9)), -334, Explain.Empty.With("days", "9/30"))
        {
            Proration = new LineProration(ProrationPolicy.Day, new Share(9, 30)),
            CarriedTaxRates = [new TaxRate("vat", 19.00m)],
        };
        var json = BillingJson.Write(draft);
        Assert.Equal(json, BillingJson.Write(BillingJson.Read<LineDraft>(json)));
        Assert.Equal(new Share(9, 30), BillingJson.Read<LineDraft>(json).Proration!.Share);
        Assert.Null(BillingJson.Read<LineDraft>(BillingJson.Write(draft with { CarriedTaxRates = null })).CarriedTaxRates);
    }

    [Fact]
    public void Ledger_accounts_are_their_codes()
    {
        var json = BillingJson.Write(new Posting(LedgerAccount.Receivable, LedgerAccount.Revenue, 5));
        Assert.Contains("\"accounts_receivable\"", json, StringComparison.Ordinal);
        Assert.Same(LedgerAccount.Revenue, BillingJson.Read<Posting>(json).Credit);
    }

    [Fact]
    public void Arrays_that_were_never_set_are_empty()
    {
        var json = BillingJson.Write(new GraduatedModel(default));
        Assert.Contains("\"tiers\":[]", json, StringComparison.Ordinal);
        Assert.Empty(BillingJson.Read<GraduatedModel>("{\"tiers\":null}").Tiers);
    }

    [Fact]
    public void Facts_of_events_keep_their_kinds()
    {
        var sent = BillingEvent.Of("x", "acct_1", "sub_1", ("a", 1), ("b", "t"), ("c", true), ("d", null), ("e", Now));
        var back = BillingJson.Read<BillingEvent>(BillingJson.Write(sent)).Data;
        Assert.Equal([1L, "t", true, null, "2024-02-29T12:30:01Z"], back.Values);
    }

    [Fact]
    public void The_envelope_names_its_schema_version()
    {
        var json = BillingJson.Write(new StateEnvelope<Explain> { SchemaVersion = 2, State = new Explain("pro@1", [], ImmutableSortedDictionary<string, string>.Empty) });
        Assert.StartsWith("{\"schema_version\":2,\"state\":{", json, StringComparison.Ordinal);
    }
}
