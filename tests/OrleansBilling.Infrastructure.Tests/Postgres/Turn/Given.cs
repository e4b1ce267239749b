using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Turn;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Documents of the shape that renewals make.</summary>
internal static class Given
{
    public static readonly Instant Now = Instant.FromUtc(2024, 3, 1, 0, 0);

    public static AccountFacts Facts(string account, long version = 1, string clock = AccountFacts.LiveClock) => new(
        account, version, Currency.Of("usd"), "Europe/Berlin", clock, TaxSettings.None, CollectionMode.Automatic, 0, InvoiceGrouping.Subscription,
        new PaymentMethodRef("pm_" + account, "sandbox", "tok_visa"), "default");

    public static Invoice Invoice(string id, string account, string subscription, int period = 0, long amount = 1000, long credit = 0, int revision = 0)
    {
        var start = Now + Duration.FromDays(30 * period);
        var draft = new LineDraft(LineKind.Recurring, "Pro, 30 days", new Period(start, start + Duration.FromDays(30)), amount, Explain.Empty.With("days", "30"))
        {
            Subscription = subscription,
            Item = "item_" + subscription,
            Plan = "pro",
            Price = "seat",
            Quantity = 2.5m,
            UnitAmount = 400,
            Revision = revision,
            Cause = revision > 0 ? $"change:{id}" : null,
        };
        var line = new InvoiceLine("line_" + id, draft, 0, 0, [], TaxInclusive: false, draft.Explain);
        return new Invoice(
            id, account, subscription, [line], new InvoiceTotals(amount, 0, 0, 0, 0, amount), credit, Math.Max(-amount, 0), Now, Now, Facts(account), "renewal");
    }

    /// <summary>An invoice with line, two postings, payment, queued attempt, two events and two rows of due work.</summary>
    public static TurnWrite Renewal(string subscription, string account, int period, string? id = null)
    {
        var invoice = Invoice(id ?? $"inv_{subscription}_{period}", account, subscription, period);
        var payment = new Payment("pay_" + invoice.Id, account, invoice.Id, "usd", 1000, PaymentStatus.Pending, 0, Now);
        var next = Now + Duration.FromDays(30 * (period + 1));
        return new TurnWrite
        {
            Account = account,
            At = Now,
            Documents = new Documents
            {
                Invoices = [invoice],
                Payments = [payment],
                Attempts = [new AttemptWrite(Attempt("att_" + invoice.Id, payment), Expected: null)],
                Entries =
                [
                    new JournalEntry($"invoice:{invoice.Id}:issued", account, invoice.Id, "usd", Now,
                    [
                        new Posting(LedgerAccount.Receivable, LedgerAccount.Revenue, 900),
                        new Posting(LedgerAccount.Receivable, LedgerAccount.TaxPayable, 100),
                    ]),
                ],
                Events = [Event("subscription.renewed", account, subscription), Event("invoice.issued", account, invoice.Id)],
            },
            Due =
            [
                new DueWrite(new DueKey("subscription", subscription, DueKind.Renewal), account, "live", next),
                new DueWrite(new DueKey("invoice", invoice.Id, DueKind.Collect), account, "live", Now),
            ],
        };
    }

    public static PaymentAttempt Attempt(string id, Payment payment, int number = 1, AttemptStatus status = AttemptStatus.Queued) => new(
        id, payment.Id, payment.Invoice, payment.Account, number, "sandbox", "pm_1", "tok_visa", "usd", payment.Amount, status, Now);

    public static BillingEvent Event(string type, string account, string subject) => BillingEvent.Of(type, account, subject, ("at", Now), ("amount", 1000L));

    public static TurnWrite Write(Documents? documents = null, string? account = null) => new() { At = Now, Account = account, Documents = documents ?? Documents.None };

    public static Documents Told(string subject) => new() { Events = [Event("tally.counted", "acct_t", subject)] };

    public static Documents Moved(string account, long amount, long? seen) => new() { BalanceMoves = [new BalanceMove(account, "usd", amount, seen, "test")] };

    /// <summary>Counts one on and commits what is given with it.</summary>
    public static TurnDecision<TallyState> Next(TallyState? state, TurnWrite write) =>
        TurnDecision<TallyState>.Commit(new TallyState((state?.Count ?? 0) + 1), write, $$"""{"count":{{(state?.Count ?? 0) + 1}}}""");
}
