using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A caller that asks too much is told to wait; others are not.</summary>
public sealed class RateLimitTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Too_many_requests_of_one_key_are_told_to_wait()
    {
        var (app, address, data) = await ApiServer.StartAsync(
            await postgres.CreateDatabaseAsync(), options => options with { RequestsPerSecond = 5, RequestBurst = 10 });
        await using (app)
        {
            using var admin = new ApiCaller(address, ApiServer.AdminKey);
            var secret = (await admin.PostAsync("/v1/api_keys", """{"name": "other", "role": "app"}"""))["secret"];
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => admin.GetAsync("/v1/plans")));
            var refused = answers.Where(answer => answer.Status == 429).ToList();
            Assert.True(refused.Count >= 15, $"{refused.Count} of 40 were refused.");
            Assert.All(refused, answer => Assert.Equal("too_many_requests", answer["code"]));
            Assert.All(refused, answer => Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1)));
            using var other = new ApiCaller(address, secret);
            Assert.Equal(200, (await other.GetAsync("/v1/plans")).Status);
            await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
            Assert.Equal(200, (await admin.GetAsync("/v1/plans")).Status);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }
}
