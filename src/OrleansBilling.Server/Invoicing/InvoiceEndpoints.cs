using System.Text.Json;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Pdf;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;
using OrleansBilling.Server.Subscriptions;

namespace OrleansBilling.Server.Invoicing;

/// <summary>Invoices: read, collected, taken back, written off.</summary>
internal static class InvoiceEndpoints
{
    private const string Tag = "Invoices";
    private const string List = "invoices";
    private const string Lines = "invoice_lines";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/invoices", new Operation(Tag, "Lists invoices.", Allow.Read)
        {
            Answer = typeof(ListOf<InvoiceView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("account", "An account, by id or external id."),
                new("subscription", "A subscription, by id or external id."),
                new("status", "One of " + string.Join(", ", Scalars.EnumOf(typeof(InvoiceStatus)).Keys) + "."),
                new("number", "The number on the document."),
            ],
        }, ListAsync);
        routes.Post<OneOffBody>("/v1/invoices", new Operation(Tag, "Makes a one-off invoice and collects it, or leaves a draft.", Allow.Product)
        {
            Status = 201, Answer = typeof(InvoiceView),
            Refusals = ["404 account_not_found", "409 clock_advancing", "422 amount_or_quantity", "422 negative_quantity", "422 duplicate_rate", "422 amount_too_large", "422 negative_total", .. SubscriptionCouponEndpoints.Refusals],
        }, CreateAsync);
        MapDrafts(routes);
        routes.Get("/v1/invoices/{id}", new Operation(Tag, "Shows an invoice with up to 100 lines.", Allow.Read)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found"],
        }, GetAsync);
        routes.Get("/v1/invoices/{id}/lines", new Operation(Tag, "Lists all lines, in the document's order.", Allow.Read)
        {
            Answer = typeof(ListOf<InvoiceLineView>), Query = PageRequest.Parameters, Refusals = ["404 invoice_not_found"],
        }, LinesAsync);
        routes.Get("/v1/invoices/{id}/pdf", new Operation(Tag, "Writes an invoice as a PDF with all of its lines, in the language of its account.", Allow.Read)
        {
            Answer = typeof(Stream), ContentType = "application/pdf", Refusals = ["404 invoice_not_found"],
            Query = [PdfAnswer.LanguageParameter],
        }, PdfAsync);
        routes.Post<PayBody>("/v1/invoices/{id}/pay", new Operation(Tag, "Collects now and answers with the outcome.", Allow.Product)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found", "409 payment_in_progress", "422 invoice_not_open", "422 no_payment_method"],
        }, (call, body) => ChangeAsync(call, (grain, now) => grain.Pay(call.Key, now, body.PaymentMethod)));
        routes.Post<NoFields>("/v1/invoices/{id}/void", new Operation(Tag, "Takes an invoice back; its lines count as not billed.", Allow.Money)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found", "409 payment_in_progress", "422 invoice_not_open", "422 money_received", "422 lines_credited", "422 draft_credits_lines", "422 credits_void_invoice", "422 prepaid_given_back", "422 coupon_given_again"],
        }, (call, _) => ChangeAsync(call, (grain, now) => grain.Void(call.Key, now)));
        routes.Post<NoFields>("/v1/invoices/{id}/reissue", new Operation(Tag, "Voids an invoice and issues the same lines anew by today's account facts; answers with the new one.", Allow.Money)
        {
            Status = 201, Answer = typeof(InvoiceView),
            Refusals =
            [
                "404 invoice_not_found", "409 payment_in_progress", "422 invoice_not_open", "422 money_received", "422 lines_credited", "422 draft_credits_lines", "422 payer_changed",
                "422 grouped_invoice", "422 prepaid_given_back", "422 coupon_given_again", "422 subscription_incomplete", "422 prepaid_credit_sold",
            ],
        }, (call, _) => ReissueAsync(call));
        routes.Post<NoFields>("/v1/invoices/{id}/mark_uncollectible", new Operation(Tag, "Writes off what is left.", Allow.Money)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found", "409 payment_in_progress", "422 invoice_not_open"],
        }, (call, _) => ChangeAsync(call, (grain, now) => grain.MarkUncollectible(call.Key, now)));
        routes.Post<RecordPaymentBody>("/v1/invoices/{id}/record_payment", new Operation(Tag, "Records money received outside the gateways.", Allow.Money)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found", "409 payment_in_progress", "422 invoice_not_open", "422 amount_above_remaining"],
        }, (call, body) => ChangeAsync(call, (grain, now) => grain.RecordPayment(call.Key, now, body.Amount, body.Reference, body.Method)));
    }

    private static void MapDrafts(IEndpointRouteBuilder routes)
    {
        routes.Post<NoFields>("/v1/invoices/{id}/finalize", new Operation(Tag, "Issues a draft: number, dates, credit balance and first attempt come now.", Allow.Product)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found", "422 invoice_not_draft"],
        }, (call, _) => ChangeAsync(call, (grain, now) => grain.FinalizeDraft(call.Key, now)));
        routes.Delete("/v1/invoices/{id}", new Operation(Tag, "Deletes a draft; its lines count as not billed.", Allow.Product)
        {
            Answer = typeof(InvoiceView), Refusals = ["404 invoice_not_found", "422 invoice_not_draft", "422 lines_credited", "422 prepaid_given_back", "422 coupon_given_again"],
        }, call => ChangeAsync(call, (grain, now) => grain.DeleteDraft(call.Key, now)));
    }

    private static async Task<Answer> CreateAsync(Call call, OneOffBody body)
    {
        var account = await call.AccountAsync(body.Account, "account");
        var now = await call.NowAsync(account.Clock);
        var id = IdempotencyKey.NewId("inv", call.Key, now);
        var command = new CreateInvoice { Account = account.Id, Lines = [.. body.Lines.Select(ToLine)], Finalize = body.Finalize ?? true, Coupons = [.. body.Coupons ?? []] };
        return await call.RunAsync(() => call.Grain<IInvoiceGrain>(id).Create(call.Key, now, command), "/v1/invoices/" + id);
    }

    private static async Task<Answer> ReissueAsync(Call call)
    {
        var old = await LoadAsync(call, 0);
        var now = await call.NowAsync(old.State.Clock);
        var answer = await call.RunAsync(() => old.State.Subscription is { } subscription
            ? call.Grain<ISubscriptionGrain>(subscription).ReissueInvoice(call.Key, now, old.State.Id)
            : call.Grain<IInvoiceGrain>(old.State.Id).Reissue(call.Key, now));
        var made = JsonDocument.Parse(answer.Json).RootElement.GetProperty("invoice").GetString()!;
        var record = (await call.Get<IInvoiceRows>().LoadAsync([made], InvoiceView.MaxLines, call.Aborted)).Single();
        return new Answer(201, InvoiceView.Render(record.Document, record.State)) { Replayed = answer.Replayed, Location = "/v1/invoices/" + made };
    }

    private static OneOffLine ToLine(OneOffLineBody line) => new(line.Description)
    {
        Amount = line.Amount,
        Quantity = line.Quantity,
        UnitAmount = line.UnitAmount,
        TaxCode = line.TaxCode,
        TaxRates = line.TaxRates is null ? null : [.. line.TaxRates],
    };

    private static async Task<Answer> ChangeAsync(Call call, Func<IInvoiceGrain, Instant, Task<CommandAnswer>> change)
    {
        var named = await call.InvoiceAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => change(call.Grain<IInvoiceGrain>(named.Id), now));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var record = await LoadAsync(call, InvoiceView.MaxLines);
        return Answer.Ok(InvoiceView.Render(record.Document, record.State));
    }

    private static async Task<Answer> PdfAsync(Call call)
    {
        var language = PdfAnswer.Language(call);
        var named = await call.InvoiceAsync(call.Route("id"));
        return PdfAnswer.Of(await call.Get<InvoicePapers>().FindAsync(named.Id, language, call.Aborted))
            ?? throw Problem.NoSuch("an invoice", call.Route("id")).Exception();
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var status = call.Query("status");
        if (status is not null && !Scalars.EnumOf(typeof(InvoiceStatus)).ContainsKey(status))
        {
            throw Call.BadParameter("status", $"Use one of: {string.Join(", ", Scalars.EnumOf(typeof(InvoiceStatus)).Keys)}.");
        }

        var account = await call.AccountFilterAsync();
        var subscription = await call.SubscriptionFilterAsync();
        var page = await call.Get<InvoiceQueries>().ListAsync(asked, account, subscription, status, call.Query("number"), call.Aborted);
        var records = (await call.Get<IInvoiceRows>().LoadAsync([.. page.Entries.Select(place => place.Id)], InvoiceView.MaxLines, call.Aborted))
            .ToDictionary(record => record.Document.Id, StringComparer.Ordinal);
        return PageRequest.Render(call, List, page, place => InvoiceView.Render(records[place.Id].Document, records[place.Id].State), place => place);
    }

    private static async Task<Answer> LinesAsync(Call call)
    {
        // Lines have no time of their own: their place is their number within the document.
        var asked = PageRequest.Read(call, Lines);
        var skip = asked.After is { } after ? (int)Math.Min(int.MaxValue - 1000L, after.At.ToUnixTimeTicks()) : 0;
        var record = await LoadAsync(call, asked.Limit, skip);
        var lines = record.Document.Lines.Select((line, index) => (Line: line, Place: new PagePlace(Instant.FromUnixTimeTicks(skip + index + 1), line.Id))).ToList();
        var page = new Page<(InvoiceLine Line, PagePlace Place)>(lines, record.Document.LineCount > skip + lines.Count);
        return PageRequest.Render(call, Lines, page, entry => AnswerJson.Write(InvoiceLineView.Of(entry.Line)), entry => entry.Place);
    }

    private static async Task<InvoiceRecord> LoadAsync(Call call, int lines, int skip = 0)
    {
        var named = await call.InvoiceAsync(call.Route("id"));
        var found = await call.Get<IInvoiceRows>().LoadAsync([named.Id], lines, call.Aborted, skip);
        return found.Count == 1 ? found[0] : throw Problem.NoSuch("an invoice", call.Route("id")).Exception();
    }
}
