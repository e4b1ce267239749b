namespace OrleansBilling.Server.Tests.Http;

/// <summary>A meter's quantity is rounded once, of the whole, also where a matrix prices it by groups.</summary>
[Collection(ApiCollection.Name)]
public sealed class RoundedMatrixTests(ApiServer server)
{
    [Theory]
    [InlineData("0.1", "0.1", "0.1", "1", 100)]
    [InlineData("20.4", "20.4", "0", "41", 3100)]
    public async Task The_units_of_the_cells_are_those_of_the_line(string a, string b, string c, string quantity, long amount)
    {
        var scene = await UsageScene.BeginAsync(server, """ "aggregation": "sum", "group_by": ["g"], "rounding": {"mode": "ceil", "scale": 0} """);
        await scene.SubscribeAsync(await scene.PlanAsync(
            """{"type": "matrix", "dimensions": ["g"], "cells": [{"values": {"g": "a"}, "unit_amount": "100"}], "default_unit_amount": "50"}""", withBase: false));
        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        foreach (var (group, value) in new[] { ("a", a), ("b", b), ("c", c) })
        {
            await server.Admin.PostAsync(
                "/v1/usage/events",
                $$"""{"events": [{"id": "{{group}}", "account": "{{scene.Account}}", "meter": "{{scene.Meter}}", "at": "2026-06-10T00:00:00Z", "value": "{{value}}", "properties": {"g": "{{group}}"} }]}""");
        }

        await scene.AdvanceAsync("2026-07-02T00:00:00Z");

        var line = Assert.Single((await scene.InvoicesAsync())[0].GetProperty("lines").EnumerateArray());
        Assert.Equal((quantity, amount), (line.GetProperty("quantity").GetString(), line.GetProperty("amount").GetInt64()));
    }
}
