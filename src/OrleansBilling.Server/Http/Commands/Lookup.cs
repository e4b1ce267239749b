using NodaTime;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>Finds what a request names, and the time on its clock.</summary>
internal static class Lookup
{
    /// <summary>An account by id or external id.</summary>
    /// <param name="call">The request.</param>
    /// <param name="name">What it names.</param>
    /// <param name="field">The field that names it; null where the path does.</param>
    public static async Task<Named> AccountAsync(this Call call, string name, string? field = null) =>
        await call.Get<NameQueries>().AccountAsync(name, call.Aborted) ?? throw Problem.NoSuch("an account", name, field).Exception();

    /// <summary>The account that a list is filtered by, as its id: null where it is not, and where there is none the given name, which finds nothing.</summary>
    public static async Task<string?> AccountFilterAsync(this Call call) => call.Query("account") is { } name
        ? (await call.Get<NameQueries>().AccountAsync(name, call.Aborted))?.Id ?? name
        : null;

    /// <summary>The same for subscriptions.</summary>
    public static async Task<string?> SubscriptionFilterAsync(this Call call) => call.Query("subscription") is { } name
        ? (await call.Get<NameQueries>().SubscriptionAsync(name, call.Aborted))?.Id ?? name
        : null;

    /// <summary>A subscription by id or external id.</summary>
    public static async Task<Named> SubscriptionAsync(this Call call, string name) =>
        await call.Get<NameQueries>().SubscriptionAsync(name, call.Aborted) ?? throw Problem.NoSuch("a subscription", name).Exception();

    /// <summary>An invoice by id.</summary>
    /// <param name="call">The request.</param>
    /// <param name="id">What it names.</param>
    /// <param name="field">The field that names it; null where the path does.</param>
    public static async Task<Named> InvoiceAsync(this Call call, string id, string? field = null) =>
        await call.Get<NameQueries>().InvoiceAsync(id, call.Aborted) ?? throw Problem.NoSuch("an invoice", id, field).Exception();

    /// <summary>A wallet by id.</summary>
    public static async Task<Named> WalletAsync(this Call call, string id, string? field = null) =>
        await call.Get<NameQueries>().WalletAsync(id, call.Aborted) ?? throw Problem.NoSuch("a wallet", id, field).Exception();

    /// <summary>The wallet of a hold.</summary>
    public static async Task<Named> WalletOfHoldAsync(this Call call, string hold) =>
        await call.Get<NameQueries>().WalletOfHoldAsync(hold, call.Aborted) ?? throw Problem.NoSuch("a hold", hold).Exception();

    /// <summary>The time on a clock.</summary>
    /// <param name="call">The request.</param>
    /// <param name="clock"><c>live</c>, or the id of a test clock.</param>
    /// <param name="writes">True where the request changes something: 409 <c>clock_advancing</c> while the clock advances.</param>
    public static async Task<Instant> NowAsync(this Call call, string clock, bool writes = true)
    {
        var reading = await call.Get<IClocks>().ReadAsync(clock) ?? throw Problem.NoSuch("a test clock", clock, "test_clock").Exception();
        return writes && reading.Advancing
            ? throw new Problem(409, "clock_advancing", $"Test clock {clock} advances; repeat when GET /v1/test_clocks/{clock} says ready.") { RetryAfter = 1 }.Exception()
            : reading.Now;
    }
}
