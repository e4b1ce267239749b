namespace OrleansBilling.Server.Tests.Http;

/// <summary>Late usage and minimum commitments, on rows.</summary>
[Collection(ApiCollection.Name)]
public sealed class LateCommitmentTests(ApiServer server)
{
    [Fact]
    public async Task A_minimum_that_was_missed_or_reached_holds_after_any_corrections()
    {
        var scene = await UsageScene.BeginAsync(server);
        await scene.SubscribeAsync(await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "1"}""", ", \"minimum\": {\"usd\": 100}", withBase: false));
        await scene.AdvanceAsync("2026-06-11T00:00:00Z");
        var june = await scene.UseAsync("2026-06-10T00:00:00Z", 70);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        var july = await scene.UseAsync("2026-07-01T10:00:00Z", 130);
        Assert.Equal(["2026-06-01 calls 70, 2026-06-01  30"], await scene.ToldAsync());

        foreach (var (value, at) in new[] { (120, "2026-07-03T00:00:00Z"), (70, "2026-07-04T00:00:00Z"), (60, "2026-07-05T00:00:00Z"), (95, "2026-07-06T00:00:00Z") })
        {
            await scene.AmendAsync(june, value);
            await scene.AdvanceAsync(at);
        }

        await scene.AdvanceAsync("2026-08-02T00:00:00Z");
        // July reached its minimum; with 50 of it taken back it is missed.
        await scene.AmendAsync(july, 80);
        await scene.AdvanceAsync("2026-09-02T00:00:00Z");

        var lines = (await scene.InvoicesAsync()).SelectMany(invoice => invoice.GetProperty("lines").EnumerateArray()).ToList();
        long Cost(string month) => lines.Where(line => line.GetProperty("period").GetProperty("start").GetString()!.StartsWith(month, StringComparison.Ordinal)).Sum(line => line.GetProperty("amount").GetInt64());
        Assert.Equal((100, 100, 100), (Cost("2026-06"), Cost("2026-07"), Cost("2026-08")));
    }

    [Fact]
    public async Task Usage_whose_price_goes_on_counts_for_both_minimums_by_its_days()
    {
        var scene = await UsageScene.BeginAsync(server);
        const string model = """{"type": "per_unit", "unit_amount": "1"}""";
        var (high, low) = (await scene.PlanAsync(model, ", \"minimum\": {\"usd\": 3000}", withBase: false), await scene.PlanAsync(model, ", \"minimum\": {\"usd\": 600}", withBase: false));
        var subscription = await scene.SubscribeAsync(high);
        await scene.AdvanceAsync("2026-06-16T00:00:00Z");
        await scene.UseAsync("2026-06-10T00:00:00Z", 1500);
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{low}}"}""");
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");

        // Half of 1500 is of each half of June: 750 to 1500, and 750 to 300.
        Assert.Equal(["2026-06-01 calls 1500, 2026-06-01  750"], await scene.ToldAsync());
    }

    [Fact]
    public async Task What_a_retry_bills_takes_the_place_of_what_was_missing_and_later_usage_finds_it()
    {
        var scene = await UsageScene.BeginAsync(server);
        await scene.SubscribeAsync(await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "1000000"}""", ", \"minimum\": {\"usd\": 3000000}", withBase: false));
        await scene.AdvanceAsync("2026-06-11T00:00:00Z");
        var wrong = await scene.UseAsync("2026-06-10T00:00:00Z", 2000000000);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        Assert.Equal(["2026-06-01  3000000"], await scene.ToldAsync());

        await scene.AmendAsync(wrong, 2);
        var item = (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").EnumerateArray().Single();
        var (retry, key) = ($"/v1/work_items/{item.GetProperty("id").GetString()}/retry", Guid.NewGuid().ToString());
        await server.Admin.PostAsync(retry, "{}", key);
        Assert.True((await server.Admin.PostAsync(retry, "{}", key)).Replayed);
        Assert.Equal(["2026-06-01  3000000", "2026-06-01 calls 2000000, 2026-06-01  -2000000"], await scene.ToldAsync());
        Assert.Equal(0, (await scene.InvoicesAsync()).Last().GetProperty("total").GetInt64());

        // Five are more than the minimum: three more are billed, and what was missing is given back.
        await scene.AmendAsync(wrong, 5);
        await scene.AdvanceAsync("2026-08-02T00:00:00Z");
        var june = (await scene.InvoicesAsync()).SelectMany(invoice => invoice.GetProperty("lines").EnumerateArray())
            .Where(line => line.GetProperty("period").GetProperty("start").GetString()!.StartsWith("2026-06", StringComparison.Ordinal));
        Assert.Equal(5000000, june.Sum(line => line.GetProperty("amount").GetInt64()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_minimum_that_comes_in_for_the_whole_period_counts_what_was_billed_for_it_before(bool atOnce)
    {
        var scene = await UsageScene.BeginAsync(server);
        var (cheap, dear) = ("""{"type": "per_unit", "unit_amount": "1"}""", """{"type": "per_unit", "unit_amount": "2"}""");
        var (first, second, third) = (
            await scene.PlanAsync(cheap, withBase: false), await scene.PlanAsync(dear, withBase: false), await scene.PlanAsync(dear, ", \"minimum\": {\"usd\": 1000}", withBase: false));
        var subscription = await scene.SubscribeAsync(first);
        await scene.AdvanceAsync("2026-06-06T00:00:00Z");
        await scene.UseAsync("2026-06-05T00:00:00Z", 600);
        await scene.AdvanceAsync("2026-06-11T00:00:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{second}}"}""");
        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        Task<ApiAnswer> ChangeAsync(string when) => server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{third}}", "proration": "full_difference"{{when}}}""");
        if (!atOnce)
        {
            await ChangeAsync(", \"when\": \"2026-06-21T00:00:00Z\"");
        }

        await scene.AdvanceAsync("2026-06-21T00:00:00Z");
        if (atOnce)
        {
            await ChangeAsync("");
        }

        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        Assert.Equal(["2026-06-01 calls 600", "2026-06-01  400"], await scene.ToldAsync());
    }
}
