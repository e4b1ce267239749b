using NodaTime;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Infrastructure.Sandbox;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Payments;

/// <summary>How the next calls of the sandbox fail.</summary>
internal enum SandboxFailure
{
    /// <summary>Declined with a code.</summary>
    Decline,

    /// <summary>The gateway is away: nothing is taken, and the caller does not know.</summary>
    Unavailable,

    /// <summary>The money is taken, and the caller does not know.</summary>
    LostAnswer,
}

/// <summary>What the next calls of the sandbox suffer; replaces what was set before.</summary>
internal sealed record SandboxControlBody
{
    /// <summary>So many charges fail.</summary>
    [Whole(0, 1_000_000)]
    public long FailNext { get; init; }

    /// <summary>How they fail.</summary>
    public SandboxFailure FailWith { get; init; } = SandboxFailure.Decline;

    /// <summary>The decline code.</summary>
    [Text(TextKind.Code)]
    public string FailCode { get; init; } = "processing_error";

    /// <summary>Every charge takes so many milliseconds longer. Above 20,000 its outcome is unknown.</summary>
    [Whole(0, 60_000)]
    public long DelayMs { get; init; }
}

/// <summary>Fails a debit that is under way.</summary>
internal sealed record SandboxFailBody
{
    /// <summary>The decline code.</summary>
    [Text(TextKind.Code)]
    public string Code { get; init; } = "insufficient_funds";
}

/// <summary>What the next calls of the sandbox suffer.</summary>
internal sealed record SandboxControlView(string Object, int FailNext, string FailWith, string FailCode, int DelayMs)
{
    public static SandboxControlView Of(SandboxControl control) =>
        new("sandbox_controls", control.FailNext, control.FailWith, control.FailCode, control.DelayMs);
}

/// <summary>A charge in the sandbox's own books.</summary>
/// <param name="Id">The sandbox's name of it, the attempt's gateway reference.</param>
/// <param name="Object">Always <c>sandbox_charge</c>.</param>
/// <param name="Attempt">The attempt, whose id is the idempotency key.</param>
/// <param name="Invoice">The invoice it was taken for.</param>
/// <param name="Status"><c>succeeded</c>, <c>declined</c> or <c>processing</c>.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Refunded">Minor units sent back.</param>
/// <param name="DeclineCode">Why it was declined.</param>
/// <param name="SettlesAt">When a debit settles.</param>
/// <param name="Calls">How often it was asked for; one key is one charge however often.</param>
/// <param name="CreatedAt">On the account's clock.</param>
internal sealed record SandboxChargeView(
    string Id,
    string Object,
    string Attempt,
    string Invoice,
    string Status,
    long Amount,
    string Currency,
    long Refunded,
    string? DeclineCode,
    Instant? SettlesAt,
    int Calls,
    Instant CreatedAt)
{
    public static SandboxChargeView Of(SandboxCharge charge) => new(
        charge.Reference, "sandbox_charge", charge.Key, charge.Invoice, charge.Status, charge.Amount, charge.Currency, charge.Refunded,
        charge.DeclineCode, charge.SettlesAt, charge.Calls, charge.CreatedAt);
}

/// <summary>The charges of an invoice in the sandbox's books.</summary>
internal sealed record SandboxChargesView(IReadOnlyList<SandboxChargeView> Data);

/// <summary>Drives the sandbox gateway; exists in a sandbox only.</summary>
internal static class SandboxEndpoints
{
    private const string Tag = "Sandbox";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/sandbox/controls", new Operation(Tag, "Shows what the next calls suffer.", Allow.Read)
        {
            Answer = typeof(SandboxControlView),
        }, async call => Answer.Ok(Shown(await call.Get<SandboxBooks>().ReadControlAsync(call.Aborted))));
        routes.Post<SandboxControlBody>("/v1/sandbox/controls", new Operation(Tag, "Fails the next charges, or delays all.", Allow.Product)
        {
            Answer = typeof(SandboxControlView),
        }, SetAsync);
        routes.Get("/v1/sandbox/charges", new Operation(Tag, "Lists the charges of an invoice in the sandbox's own books, oldest first.", Allow.Read)
        {
            Answer = typeof(SandboxChargesView), Query = [new("invoice", "The id of an invoice.")],
        }, ListAsync);
        routes.Post<NoFields>("/v1/sandbox/attempts/{id}/settle", new Operation(Tag, "Settles a debit that is under way.", Allow.Product)
        {
            Answer = typeof(SandboxChargeView), Refusals = ["404 sandbox_charge_not_found", "422 debit_not_processing"],
        }, (call, _) => EndAsync(call, "succeeded", (books, id) => books.SettleNowAsync(id, CancellationToken.None)));
        routes.Post<SandboxFailBody>("/v1/sandbox/attempts/{id}/fail", new Operation(Tag, "Fails a debit that is under way.", Allow.Product)
        {
            Answer = typeof(SandboxChargeView), Refusals = ["404 sandbox_charge_not_found", "422 debit_not_processing"],
        }, (call, body) => EndAsync(call, "declined", (books, id) => books.FailDebitAsync(id, body.Code, CancellationToken.None)));
    }

    private static Task<Answer> SetAsync(Call call, SandboxControlBody body) => Unattended.RunAsync(call, async () =>
    {
        var control = new SandboxControl((int)body.FailNext, Scalars.NameOf(body.FailWith), body.FailCode, (int)body.DelayMs);
        var stored = new CommandRow(new CommandRecord(call.Key.Scope, call.Key.Key, call.Key.RequestHash, 200, Shown(control)));
        return await call.Get<SandboxBooks>().SetControlAsync(control, stored, call.Get<IClocks>().Live, CancellationToken.None)
            ? Answer.Ok(Shown(control))
            : null;
    });

    private static async Task<Answer> ListAsync(Call call)
    {
        var invoice = call.Query("invoice") ?? throw Call.BadParameter("invoice", "Name the invoice.");
        var charges = await call.Get<SandboxBooks>().OfInvoiceAsync(invoice, call.Aborted);
        return Answer.Ok(AnswerJson.Write(new SandboxChargesView([.. charges.Select(SandboxChargeView.Of)])));
    }

    // A repeat finds the debit as the first request left it, so its key needs no row.
    private static async Task<Answer> EndAsync(Call call, string wanted, Func<SandboxBooks, string, Task<SandboxCharge?>> end)
    {
        var books = call.Get<SandboxBooks>();
        var id = call.Route("id");
        var charge = await end(books, id) ?? await books.FindAsync(id, Instant.MinValue, call.Aborted);
        if (charge is null)
        {
            throw new Problem(404, "sandbox_charge_not_found", $"The sandbox has no charge for the attempt {id}.").Exception();
        }

        if (charge.Status != wanted)
        {
            throw new Problem(422, "debit_not_processing", $"The charge is {charge.Status}; only a debit that is processing can be ended.").Exception();
        }

        // As a gateway's notification would: the invoice asks at once instead of at the promised time.
        var named = await call.InvoiceAsync(charge.Invoice);
        var now = await call.NowAsync(named.Clock);
        var answer = await call.Grain<IInvoiceGrain>(named.Id).AskGateway(now);
        await call.Get<Handover>().RunAsync(new CommandAnswer(200, "", Replayed: false) { HandedOver = answer.HandedOver, At = now });
        return Answer.Ok(AnswerJson.Write(SandboxChargeView.Of(charge)));
    }

    private static string Shown(SandboxControl control) => AnswerJson.Write(SandboxControlView.Of(control));
}
