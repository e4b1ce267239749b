using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Sandbox;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Sandbox;

/// <summary>The sandbox seen as a gateway.</summary>
public sealed class SandboxGatewayTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Instant Now = Instant.FromUtc(2026, 5, 1, 12, 0); // a Friday
    private string _connectionString = null!;
    private ServiceProvider _services = null!;

    private IPaymentGateway Gateway => _services.GetRequiredService<IPaymentGateway>();

    private SandboxBooks Books => _services.GetRequiredService<SandboxBooks>();

    public async ValueTask InitializeAsync()
    {
        _connectionString = await postgres.CreateDatabaseAsync();
        _services = new ServiceCollection()
            .AddSingleton(new BillingDatabase(_connectionString))
            .AddSingleton<TurnDatabase>()
            .AddSingleton(TimeProvider.System)
            .AddSandboxGateway()
            .BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Theory]
    [InlineData("tok_visa", null)]
    [InlineData("tok_dispute", null)]
    [InlineData("tok_insufficient_funds", "insufficient_funds")]
    [InlineData("tok_card_declined", "card_declined")]
    [InlineData("tok_expired_card", "expired_card")]
    [InlineData("tok_lost_card", "lost_card")]
    [InlineData("tok_issuer_unavailable", "issuer_not_available")]
    [InlineData("tok_authentication_required", "authentication_required")]
    public async Task Each_token_has_its_outcome_and_a_repeat_the_same(string token, string? decline)
    {
        var first = await ChargeAsync(token, token);
        Assert.Equal(first, await ChargeAsync(token, token));
        Assert.Equal(first, await Gateway.FindChargeAsync(token, Now, default));
        Assert.Equal(decline, (first as GatewayOutcome.Declined)?.Code);
        Assert.Equal(decline is null, first is GatewayOutcome.Succeeded);
    }

    [Theory]
    [InlineData("tok_visa", true)]
    [InlineData("tok_ach", true)]
    [InlineData("tok_decline_then_succeed_0", true)]
    [InlineData("tok_decline_then_succeed_100", true)]
    [InlineData("tok_decline_then_succeed_101", false)]
    [InlineData("tok_decline_then_succeed_-1", false)]
    [InlineData("tok_decline_then_succeed_", false)]
    [InlineData("tok_unknown", false)]
    [InlineData("", false)]
    public async Task Only_known_tokens_are_stored(string token, bool good) => Assert.Equal(good, await Gateway.ValidateTokenAsync(token, default) is null);

    [Fact]
    public async Task Another_request_under_a_used_key_is_an_error_and_takes_nothing()
    {
        await ChargeAsync("key", "tok_visa");
        var error = await Assert.ThrowsAsync<SandboxException>(() => ChargeAsync("key", "tok_visa", amount: 999));
        Assert.Equal("idempotency_error", error.Code);
        Assert.Equal(500, await TakenAsync());
    }

    [Fact]
    public async Task A_storm_of_repeats_takes_each_key_once()
    {
        var calls = Enumerable.Range(0, 600).Select(i => ChargeAsync($"storm_{i % 200}", "tok_visa"));
        Assert.All(await Task.WhenAll(calls), outcome => Assert.IsType<GatewayOutcome.Succeeded>(outcome));
        Assert.Equal(200 * 500, await TakenAsync());
        Assert.Equal(3, (await Books.FindAsync("storm_7", Now, default))!.Calls);
    }

    [Theory]
    [InlineData("tok_sepa", 5)] // Friday to Wednesday
    [InlineData("tok_ach", 6)] // Friday to Thursday
    public async Task Debits_settle_business_days_later(string token, int days)
    {
        var settles = Now + Duration.FromDays(days);
        Assert.Equal(settles, Assert.IsType<GatewayOutcome.Processing>(await ChargeAsync(token, token)).AskAgainAt);
        Assert.IsType<GatewayOutcome.Processing>(await Gateway.FindChargeAsync(token, settles - Duration.FromSeconds(1), default));
        Assert.IsType<GatewayOutcome.Succeeded>(await Gateway.FindChargeAsync(token, settles, default));
    }

    [Fact]
    public async Task A_lost_answer_is_unknown_once_and_a_key_never_seen_is_certain()
    {
        Assert.IsType<GatewayOutcome.Unknown>(await ChargeAsync("t", "tok_timeout"));
        Assert.IsType<GatewayOutcome.Succeeded>(await Gateway.FindChargeAsync("t", Now, default));
        Assert.IsType<GatewayOutcome.Succeeded>(await ChargeAsync("t", "tok_timeout"));
        Assert.Null(await Gateway.FindChargeAsync("never", Now, default));
    }

    [Theory]
    [InlineData("decline")]
    [InlineData("unavailable")]
    [InlineData("lost_answer")]
    public async Task The_next_calls_fail_as_told_and_then_no_more(string how)
    {
        await Books.SetControlAsync(new SandboxControl(2, how, "do_not_honor", 0), default);
        for (var i = 0; i < 2; i++)
        {
            var key = $"{how}_{i}";
            switch (how)
            {
                case "decline":
                    Assert.Equal("do_not_honor", Assert.IsType<GatewayOutcome.Declined>(await ChargeAsync(key, "tok_visa")).Code);
                    break;
                case "unavailable":
                    await Assert.ThrowsAsync<SandboxException>(() => ChargeAsync(key, "tok_visa"));
                    Assert.Null(await Gateway.FindChargeAsync(key, Now, default));
                    break;
                default:
                    Assert.IsType<GatewayOutcome.Unknown>(await ChargeAsync(key, "tok_visa"));
                    Assert.IsType<GatewayOutcome.Succeeded>(await Gateway.FindChargeAsync(key, Now, default));
                    break;
            }
        }

        Assert.IsType<GatewayOutcome.Succeeded>(await ChargeAsync(how + "_after", "tok_visa"));
        Assert.Equal(0, (await Books.ReadControlAsync(default)).FailNext);
    }

    [Fact]
    public async Task Declines_are_counted_by_account_before_the_token_succeeds()
    {
        Assert.IsType<GatewayOutcome.Declined>(await ChargeAsync("d1", "tok_decline_then_succeed_2"));
        Assert.IsType<GatewayOutcome.Declined>(await ChargeAsync("d1", "tok_decline_then_succeed_2"));
        Assert.IsType<GatewayOutcome.Declined>(await ChargeAsync("d2", "tok_decline_then_succeed_2"));
        Assert.IsType<GatewayOutcome.Declined>(await ChargeAsync("d3", "tok_decline_then_succeed_2", account: "acct_other"));
        Assert.IsType<GatewayOutcome.Succeeded>(await ChargeAsync("d4", "tok_decline_then_succeed_2"));
    }

    [Fact]
    public async Task Refunds_are_taken_once_per_key_and_never_exceed_the_charge()
    {
        var charge = Assert.IsType<GatewayOutcome.Succeeded>(await ChargeAsync("c", "tok_visa")).Reference;
        var refund = new RefundRequest("re_1", charge, 300, "usd", Now);
        var first = Assert.IsType<GatewayOutcome.Succeeded>(await Gateway.RefundAsync(refund, default));
        Assert.Equal(first, await Gateway.RefundAsync(refund, default));
        Assert.Equal("charge_not_refundable", Assert.IsType<GatewayOutcome.Declined>(await Gateway.RefundAsync(refund with { IdempotencyKey = "re_2", Amount = 201 }, default)).Code);
        Assert.IsType<GatewayOutcome.Declined>(await Gateway.RefundAsync(refund with { IdempotencyKey = "re_3", ChargeReference = "sbx_none" }, default));
        await Assert.ThrowsAsync<SandboxException>(() => Gateway.RefundAsync(refund with { Amount = 1 }, default));
        Assert.Equal(300, (await Books.FindAsync("c", Now, default))!.Refunded);
    }

    private Task<GatewayOutcome> ChargeAsync(string key, string token, long amount = 500, string account = "acct_s") =>
        Gateway.ChargeAsync(new ChargeRequest(key, token, amount, "usd", account, "inv_s", Now), default);

    private Task<long> TakenAsync() => ScratchCluster.ScalarAsync<long>(_connectionString, "select coalesce(sum(amount), 0)::bigint from sandbox_taken");
}
