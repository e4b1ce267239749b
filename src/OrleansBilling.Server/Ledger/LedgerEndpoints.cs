using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Ledger;

/// <summary>The ledger: its chart, its entries, and the trial balance.</summary>
internal static class LedgerEndpoints
{
    private const string Tag = "Ledger";
    private const string List = "ledger_entries";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/ledger/accounts", new Operation(Tag, "Lists the chart of accounts.", Allow.Read)
        {
            Answer = typeof(ListOf<LedgerAccountView>), Query = PageRequest.Parameters,
        }, call => Task.FromResult(PageRequest.RenderWhole("ledger_accounts", call, LedgerAccount.All, Render, account => new PagePlace(default, account.Code))));
        routes.Get("/v1/ledger/entries", new Operation(Tag, "Lists entries.", Allow.Read)
        {
            Answer = typeof(ListOf<LedgerEntryView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("account", "A customer account, by id or external id."),
                new("invoice", "The id of an invoice."),
                new("currency", "ISO 4217."),
                new("ledger_account", "The code of a ledger account."),
            ],
        }, EntriesAsync);
        routes.Get("/v1/ledger/trial_balance", new Operation(Tag, "Sums debits and credits of every ledger account in one currency.", Allow.Read)
        {
            Answer = typeof(TrialBalanceView), Refusals = ["400 missing_parameter"],
            Query = [new("currency", "ISO 4217; needed once the ledger holds more than one."), new("at", "Up to and including this instant.")],
        }, TrialBalanceAsync);
    }

    private static string Render(LedgerAccount account) =>
        AnswerJson.Write(new LedgerAccountView(account.Code, "ledger_account", Scalars.NameOf(account.Type), account.Meaning));

    private static async Task<Answer> EntriesAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var account = await call.AccountFilterAsync();
        var page = await call.Get<LedgerQueries>().EntriesAsync(
            asked, account, call.Query("invoice"), CurrencyOf(call), call.Query("ledger_account"), call.Aborted);
        return PageRequest.Render(call, List, page, row => AnswerJson.Write(LedgerEntryView.Of(row)), row => new PagePlace(row.PostedAt, row.Id));
    }

    private static async Task<Answer> TrialBalanceAsync(Call call)
    {
        var currency = CurrencyOf(call);
        NodaTime.Instant? at = call.Query("at") is { } text ? Scalars.ReadInstant(text, "at") : null;
        var rows = await call.Get<LedgerQueries>().TrialBalanceAsync(currency, at, call.Aborted);
        var currencies = rows.Select(row => row.Currency).Distinct(StringComparer.Ordinal).ToList();
        if (currencies.Count > 1)
        {
            throw Problem.Invalid("missing_parameter", $"Name the currency; the ledger holds {string.Join(", ", currencies)}.", "currency").Exception();
        }

        var total = rows.Sum(row => row.Debit - row.Credit);
        var lines = rows.Select(row => new TrialBalanceLine(row.Account, decimal.ToInt64(row.Debit), decimal.ToInt64(row.Credit))).ToList();
        return Answer.Ok(AnswerJson.Write(new TrialBalanceView(
            "trial_balance", currency ?? currencies.FirstOrDefault() ?? "usd", at, decimal.ToInt64(total), lines)));
    }

    private static string? CurrencyOf(Call call) => call.Query("currency") is { } given
        ? Currency.Find(given)?.Code ?? throw Problem.Invalid("unknown_currency", "Give an ISO 4217 code, such as usd.", "currency").Exception()
        : null;
}
