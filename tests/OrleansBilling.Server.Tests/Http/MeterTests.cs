namespace OrleansBilling.Server.Tests.Http;

/// <summary>Meters over HTTP.</summary>
[Collection(ApiCollection.Name)]
public sealed class MeterTests(ApiServer server)
{
    [Fact]
    public async Task A_meter_is_made_shown_listed_and_archived()
    {
        var code = "m" + Guid.NewGuid().ToString("N")[..12];
        var body = $$"""
            {"code": "{{code}}", "name": "Tokens", "aggregation": "sum", "property": "tokens", "group_by": ["region", "model"],
             "filters": {"tier": ["gold", "silver"]}, "rounding": {"mode": "ceil", "scale": 2}, "late_policy": "carry_forward"}
            """;
        var made = await server.Admin.PostAsync("/v1/meters", body, key: "meter-" + code);
        Assert.Equal((201, "meter", code), (made.Status, made["object"], made.Id));
        Assert.True((await server.Admin.PostAsync("/v1/meters", body, key: "meter-" + code)).Replayed);

        var shown = (await server.Admin.GetAsync("/v1/meters/" + code)).Json;
        Assert.Equal(made.Json.GetRawText(), shown.GetRawText());
        Assert.Equal("""{"mode":"ceil","scale":2}""", shown.GetProperty("rounding").GetRawText());
        Assert.Equal("""{"tier":["gold","silver"]}""", shown.GetProperty("filters").GetRawText());
        Assert.Equal("""["region","model"]""", shown.GetProperty("group_by").GetRawText());
        Assert.Equal(("sum", "carry_forward"), (shown.GetProperty("aggregation").GetString(), shown.GetProperty("late_policy").GetString()));

        var again = await server.Admin.SendAsync("POST", "/v1/meters", body);
        Assert.Equal((409, "meter_exists", "code"), (again.Status, again["code"], again["field"]));
        await server.Admin.PostAsync($"/v1/meters/{code}/archive");
        Assert.Contains(
            (await server.Admin.GetAsync("/v1/meters?limit=100")).Json.GetProperty("data").EnumerateArray(),
            meter => meter.GetProperty("code").GetString() == code && meter.GetProperty("archived_at").GetString() is not null);
    }

    [Theory]
    [InlineData("""{"code": "a", "name": "A", "aggregation": "median"}""", 400, "invalid_value", "aggregation")]
    [InlineData("""{"code": "a", "name": "A"}""", 400, "missing_field", "aggregation")]
    [InlineData("""{"code": "A", "name": "A", "aggregation": "count"}""", 400, "invalid_code", "code")]
    [InlineData("""{"code": "a", "name": "A", "aggregation": "unique_count"}""", 422, "property_needed", "property")]
    [InlineData("""{"code": "a", "name": "A", "aggregation": "count", "property": "x"}""", 422, "property_unused", "property")]
    [InlineData("""{"code": "a", "name": "A", "aggregation": "sum", "rounding": {"mode": "ceil", "scale": 13}}""", 400, "out_of_range", "rounding.scale")]
    [InlineData("""{"code": "a", "name": "A", "aggregation": "sum", "group_by": ["x", "x"]}""", 422, "group_by_twice", "group_by[1]")]
    public async Task A_bad_meter_is_refused_and_leaves_nothing(string body, int status, string code, string field)
    {
        var before = await server.RowCountsAsync();
        var answer = await server.Admin.SendAsync("POST", "/v1/meters", body);
        Assert.Equal((status, code, field), (answer.Status, answer["code"], answer["field"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task A_meter_that_does_not_exist_is_not_found()
    {
        Assert.Equal("meter_not_found", (await server.Admin.GetAsync("/v1/meters/nothing"))["code"]);
        Assert.Equal("meter_not_found", (await server.Admin.SendAsync("POST", "/v1/meters/nothing/archive", "{}"))["code"]);
    }
}
