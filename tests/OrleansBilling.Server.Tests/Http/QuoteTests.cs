namespace OrleansBilling.Server.Tests.Http;

/// <summary>Quotes answer with the numbers that the domain decides, and write nothing.</summary>
[Collection(ApiCollection.Name)]
public sealed class QuoteTests(ApiServer server)
{
    [Theory]
    [InlineData("""{"type": "flat", "amount": 2000}""", "", 2000)]
    [InlineData("""{"type": "per_unit", "unit_amount": "0.35"}""", """, "quantity": "10" """, 4)]
    [InlineData("""{"type": "per_unit", "unit_amount": "0.35", "free_units": "3"}""", """, "quantity": "10" """, 2)]
    [InlineData("""{"type": "package", "package_size": "100", "amount": 500}""", """, "quantity": "101" """, 1000)]
    [InlineData("""{"type": "volume", "tiers": [{"up_to": "10", "unit_amount": "100"}, {"up_to": null, "unit_amount": "80"}]}""", """, "quantity": "11" """, 880)]
    [InlineData("""{"type": "percentage", "rate": "1.2", "fixed_amount": "10"}""", """, "events": [{"value": "10000"}, {"value": 5000}]""", 200)]
    [InlineData("""{"type": "matrix", "dimensions": ["region"], "cells": [{"values": {"region": ["eu", "uk"]}, "unit_amount": "3"}], "default_unit_amount": "5"}""", """, "groups": [{"values": {"region": "uk"}, "quantity": "2"}, {"values": {"region": "us"}, "quantity": "1"}]""", 11)]
    [InlineData("""{"type": "per_unit", "unit_amount": "100"}""", """, "quantity": "10", "previous_quantity": "5" """, 1000)]
    [InlineData("""{"type": "per_unit", "unit_amount": "100"}""", """, "quantity": "10", "previous_quantity": "5", "previous_amount": 400""", 1100)]
    public async Task A_price_is_quoted(string model, string rest, long amount)
    {
        var before = await server.RowCountsAsync();
        var answer = await server.Admin.PostAsync("/v1/quotes/price", $$"""{"currency": "usd", "model": {{model}}{{rest}}}""");
        Assert.Equal(amount, answer.Json.GetProperty("amount").GetInt64());
        Assert.NotEqual(0, answer.Json.GetProperty("steps").GetArrayLength());
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task A_schedule_is_quoted_with_its_trial_and_its_partial_period()
    {
        var answer = await server.Admin.PostAsync("/v1/quotes/schedule", """
            {"start_at": "2026-01-10T00:00:00+01:00", "time_zone": "Europe/Berlin", "interval": {"unit": "month", "count": 1},
             "anchor": {"type": "calendar"}, "trial_days": 7, "periods": 2}
            """);
        var shown = answer.Json.GetProperty("data").EnumerateArray()
            .Select(period => $"{period.GetProperty("kind")} {period.GetProperty("start")} {period.GetProperty("fraction")}");
        Assert.Equal(["trial 2026-01-09T23:00:00Z 7/7", "partial 2026-01-16T23:00:00Z 15/31", "full 2026-01-31T23:00:00Z 28/28"], shown);
    }

    [Fact]
    public async Task A_proration_is_quoted()
    {
        var answer = await server.Admin.PostAsync("/v1/quotes/proration", """
            {"currency": "usd", "time_zone": "UTC", "interval": {"unit": "month", "count": 1}, "policy": "day",
             "period": {"start": "2026-04-01T00:00:00Z", "end": "2026-05-01T00:00:00Z"}, "change_at": "2026-04-22T00:00:00Z",
             "old": {"amount": 3000}, "new": {"amount": 6000}}
            """);
        Assert.Equal("""{"currency":"usd","credit":{"amount":900,"fraction":"9/30"},"charge":{"amount":1800,"fraction":"9/30"},"net":900}""", answer.Text);
    }

    [Theory]
    [InlineData("""{"rounding": "document"}""", 1000, 5, 21, 1021)]
    [InlineData("""{"rounding": "line"}""", 1000, 5, 20, 1020)]
    [InlineData("""{"inclusive": true}""", 1200, 1, 200, 1200)]
    public async Task An_invoice_is_quoted(string tax, long whole, int lines, long taxTotal, long total)
    {
        var rate = lines == 1 ? "20" : "2.1";
        var body = string.Join(", ", Enumerable.Repeat($$"""{"amount": {{whole / lines}}, "tax_rates": ["{{rate}}"]}""", lines));
        var answer = await server.Admin.PostAsync("/v1/quotes/invoice", $$"""{"currency": "usd", "lines": [{{body}}], "tax": {{tax}}}""");
        Assert.Equal((whole, taxTotal), (answer.Json.GetProperty("subtotal").GetInt64(), answer.Json.GetProperty("tax_total").GetInt64()));
        Assert.Equal(total, answer.Json.GetProperty("total").GetInt64());
        Assert.Equal(taxTotal, answer.Json.GetProperty("lines").EnumerateArray().Sum(line => line.GetProperty("tax_amount").GetInt64()));
    }
}
