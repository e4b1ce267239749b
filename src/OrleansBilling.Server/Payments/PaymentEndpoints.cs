using OrleansBilling.Domain.Payments;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;
using OrleansBilling.Server.Invoicing;

namespace OrleansBilling.Server.Payments;

/// <summary>Payments: what was collected, attempt by attempt, and what was sent back.</summary>
internal static class PaymentEndpoints
{
    private const string Tag = "Payments";
    private const string List = "payments";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/payments", new Operation(Tag, "Lists payments.", Allow.Read)
        {
            Answer = typeof(ListOf<PaymentView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("account", "An account, by id or external id."),
                new("invoice", "The id of an invoice."),
                new("status", "One of " + string.Join(", ", Scalars.EnumOf(typeof(PaymentStatus)).Keys) + "."),
            ],
        }, ListAsync);
        routes.Get("/v1/payments/{id}", new Operation(Tag, "Shows a payment with its attempts and refunds.", Allow.Read)
        {
            Answer = typeof(PaymentView), Refusals = ["404 payment_not_found"],
        }, GetAsync);
        routes.Post<RefundBody>("/v1/payments/{id}/refunds", new Operation(Tag, "Sends money back.", Allow.Money)
        {
            Status = 201, Answer = typeof(RefundView), Refusals = ["404 payment_not_found", "422 refund_above_received"],
        }, RefundAsync);
    }

    private static async Task<Answer> RefundAsync(Call call, RefundBody body)
    {
        var payment = call.Route("id");
        var invoice = await InvoiceOfAsync(call, payment);
        var now = await call.NowAsync(invoice.Clock);
        return await call.RunAsync(
            () => call.Grain<IInvoiceGrain>(invoice.Id).Refund(call.Key, now, payment, body.Amount, body.Reason), "/v1/payments/" + payment);
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var id = call.Route("id");
        var invoice = await InvoiceOfAsync(call, id);
        var found = await call.Get<IInvoiceRows>().LoadAsync([invoice.Id], 0, call.Aborted);
        return Answer.Ok(Shown(found[0], id));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var status = call.Query("status");
        if (status is not null && !Scalars.EnumOf(typeof(PaymentStatus)).ContainsKey(status))
        {
            throw Call.BadParameter("status", $"Use one of: {string.Join(", ", Scalars.EnumOf(typeof(PaymentStatus)).Keys)}.");
        }

        var account = await call.AccountFilterAsync();
        var page = await call.Get<InvoiceQueries>().ListPaymentsAsync(asked, account, call.Query("invoice"), status, call.Aborted);
        var invoices = page.Entries.Select(entry => entry.Invoice).Distinct(StringComparer.Ordinal).ToList();
        var records = (await call.Get<IInvoiceRows>().LoadAsync(invoices, 0, call.Aborted))
            .ToDictionary(record => record.Document.Id, StringComparer.Ordinal);
        return PageRequest.Render(call, List, page, entry => Shown(records[entry.Invoice], entry.Place.Id), entry => entry.Place);
    }

    private static string Shown(InvoiceRecord record, string payment) =>
        PaymentView.Render(record.State.Payments.First(one => one.Id == payment), record);

    private static async Task<Named> InvoiceOfAsync(Call call, string payment) =>
        await call.Get<NameQueries>().InvoiceOfPaymentAsync(payment, call.Aborted) ?? throw Problem.NoSuch("a payment", payment).Exception();
}
