using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Infrastructure.Pdf;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Invoicing;

/// <summary>Credit notes: what is taken back of an issued invoice.</summary>
internal static class CreditNoteEndpoints
{
    private const string Tag = "Credit notes";
    private const string List = "credit_notes";

    private static readonly string[] OwnRefusals =
    [
        "404 invoice_not_found", "404 line_not_found", "409 payment_in_progress", "409 refund_in_progress", "422 lines_or_amount",
        "422 invoice_not_creditable", "422 credit_above_left", "422 line_not_creditable", "422 duplicate_line", "422 nothing_to_credit", "422 prepaid_credit_sold", "422 prepaid_credit_used",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<CreditNoteBody>("/v1/credit_notes", new Operation(Tag, "Takes lines of an invoice back: settles what is unpaid, then refunds or credits.", Allow.Money)
        {
            Status = 201, Answer = typeof(CreditNoteView), Refusals = [.. OwnRefusals, "409 clock_advancing"],
        }, IssueAsync);
        routes.Ask<CreditNoteBody>("/v1/credit_notes/preview", new Operation(Tag, "Shows the credit note that would be issued; writes nothing.", Allow.Read)
        {
            Answer = typeof(CreditNoteView), Refusals = OwnRefusals,
        }, PreviewAsync);
        routes.Get("/v1/credit_notes", new Operation(Tag, "Lists credit notes.", Allow.Read)
        {
            Answer = typeof(ListOf<CreditNoteView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("account", "An account, by id or external id."),
                new("invoice", "The id of an invoice."),
                new("number", "The number on the document."),
            ],
        }, ListAsync);
        routes.Get("/v1/credit_notes/{id}", new Operation(Tag, "Shows a credit note.", Allow.Read)
        {
            Answer = typeof(CreditNoteView), Refusals = ["404 credit_note_not_found"],
        }, GetAsync);
        routes.Get("/v1/credit_notes/{id}/pdf", new Operation(Tag, "Writes a credit note as a PDF, in the language of its account.", Allow.Read)
        {
            Answer = typeof(Stream), ContentType = "application/pdf", Query = [PdfAnswer.LanguageParameter], Refusals = ["404 credit_note_not_found"],
        }, PdfAsync);
    }

    private static async Task<Answer> IssueAsync(Call call, CreditNoteBody body)
    {
        var (invoice, command) = await ReadAsync(call, body);
        var now = await call.NowAsync(invoice.Clock);
        return await call.RunAsync(() => call.Grain<IInvoiceGrain>(invoice.Id).IssueCreditNote(call.Key, now, command));
    }

    private static async Task<Answer> PreviewAsync(Call call, CreditNoteBody body)
    {
        var (invoice, command) = await ReadAsync(call, body);
        var now = await call.NowAsync(invoice.Clock, writes: false);
        return Answer.Of(await call.Grain<IInvoiceGrain>(invoice.Id).PreviewCreditNote(now, command));
    }

    private static async Task<(Named Invoice, IssueCreditNote Command)> ReadAsync(Call call, CreditNoteBody body)
    {
        if (body.Lines is null == body.Amount is null)
        {
            throw new Problem(422, "lines_or_amount", "Give either lines or amount.", "lines").Exception();
        }

        var invoice = await call.InvoiceAsync(body.Invoice, "invoice");
        return (invoice, new IssueCreditNote
        {
            Lines = [.. (body.Lines ?? []).Select(line => new CreditedLine(line.Line, line.Amount))],
            Amount = body.Amount,
            Reason = body.Reason,
            Settle = body.Settle,
        });
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var id = call.Route("id");
        var named = await call.Get<NameQueries>().CreditNoteAsync(id, call.Aborted) ?? throw Problem.NoSuch("a credit note", id).Exception();
        return Answer.Ok(CreditNoteView.Render((await call.Get<ICreditNoteRows>().LoadAsync([named.Id], call.Aborted)).Single()));
    }

    private static async Task<Answer> PdfAsync(Call call)
    {
        var id = call.Route("id");
        var language = PdfAnswer.Language(call);
        var named = await call.Get<NameQueries>().CreditNoteAsync(id, call.Aborted) ?? throw Problem.NoSuch("a credit note", id).Exception();
        return PdfAnswer.Of(await call.Get<InvoicePapers>().FindCreditNoteAsync(named.Id, language, call.Aborted))
            ?? throw Problem.NoSuch("a credit note", id).Exception();
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var account = await call.AccountFilterAsync();
        var page = await call.Get<InvoiceQueries>().ListCreditNotesAsync(asked, account, call.Query("invoice"), call.Query("number"), call.Aborted);
        var records = (await call.Get<ICreditNoteRows>().LoadAsync([.. page.Entries.Select(place => place.Id)], call.Aborted))
            .ToDictionary(record => record.Note.Id, StringComparer.Ordinal);
        return PageRequest.Render(call, List, page, place => CreditNoteView.Render(records[place.Id]), place => place);
    }
}
