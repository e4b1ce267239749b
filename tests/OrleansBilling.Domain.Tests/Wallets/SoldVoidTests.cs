using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Tests.Invoicing;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>
/// The void of an invoice that sold prepaid credit, 100 for 60.00 before tax: the books then know of no sale. Nothing is revenue, nothing
/// deferred, and nothing is a gain because it lapsed.
/// </summary>
public sealed class SoldVoidTests
{
    private static readonly CollectionFacts Collection = CollectionFacts.Of(null, DunningPolicy.Default);
    private readonly List<JournalEntry> _entries = [];
    private int _turn;

    [Theory]
    // Used, held, and what happens before the void.
    [InlineData(0, 0, "nothing")]
    [InlineData(40, 0, "nothing")]
    [InlineData(0, 0, "expires")]
    [InlineData(40, 0, "expires")]
    [InlineData(33, 7, "expires")]
    [InlineData(33, 7, "expires and the hold ends")]
    [InlineData(40, 0, "is voided")]
    [InlineData(33, 7, "is voided")]
    public void Nothing_of_the_sale_stays_in_the_books(int used, int held, string before)
    {
        var billing = new BillingFacts(Drafts.Account(Drafts.Tax("20")) with { DefaultMethod = null }, 0, DunningPolicy.Default);
        var wallet = Keep(WalletDecider.Open("wal_1", new WalletOrder { Currency = "usd" }, billing.Account, Ids(), Drafts.Now).Value);
        var expires = Drafts.Now + Duration.FromDays(1);
        var sold = WalletDecider.Grant(wallet, new GrantOrder(100) { Price = 6_000, ExpiresAt = expires }, billing, Ids(), Drafts.Now).Value;
        wallet = Keep(sold);
        var paid = InvoiceDecider.RecordPayment(InvoiceIssue.InitialState(sold.Documents.Invoices[^1]), Collection, 7_200, "wire", "bank", Ids(), Drafts.Now).Value;
        _entries.AddRange(paid.Documents.Entries);
        wallet = Keep(WalletDecider.Due(Sale(wallet, InvoiceStatus.Paid), billing, Ids(), Drafts.Now));
        wallet = used == 0 ? wallet : Keep(WalletDecider.Debit(wallet, "debit_1", used, "test", Ids(), Drafts.Now).Value);
        wallet = held == 0 ? wallet : Keep(WalletDecider.Hold(wallet, "hold_1", held, Duration.FromDays(3), Ids(), Drafts.Now).Value);

        var now = before == "expires and the hold ends" ? Drafts.Now + Duration.FromDays(3) : expires;
        wallet = before switch
        {
            "is voided" => Keep(WalletDecider.VoidGrant(wallet, wallet.Grants[0].Id, Ids(), Drafts.Now).Value),
            "nothing" => wallet,
            _ => Keep(WalletDecider.Due(wallet, billing, Ids(), now)),
        };

        // Its money went back without a credit note; the row tells what was booked as a gain.
        var invoice = paid.State with
        {
            Wallet = "wal_1",
            Payments = [.. paid.State.Payments.Select(static payment => payment with { Refunded = payment.Amount })],
            Sold = new PrepaidGrant(wallet.Wallet, wallet.Grants[0]) { Lapsed = -Booked(LedgerAccount.Breakage) },
        };
        var voided = InvoiceDecider.Void(invoice, Collection, now).Value;
        _entries.AddRange(voided.Documents.Entries);
        var seen = wallet.Grants[0];
        wallet = Keep(WalletDecider.Due(Sale(wallet, InvoiceStatus.Void), billing, Ids(), now));
        Keep(WalletDecider.Due(wallet, billing, Ids(), Drafts.Now + Duration.FromDays(4)));
        Assert.Equal(
            (0, 0, 0, 0),
            (Booked(LedgerAccount.PrepaidCredit), Booked(LedgerAccount.Breakage), Booked(LedgerAccount.Revenue), Booked(LedgerAccount.TaxPayable)));
        // A lapse beside it would be missed: the grant must stand as it was seen.
        Assert.Equal(seen, Assert.Single(voided.Documents.Wallets.Grants).Before);
        Assert.Equal(_entries.Count, _entries.Select(static entry => entry.Cause).Distinct().Count());
    }

    private static WalletState Sale(WalletState wallet, InvoiceStatus status) =>
        wallet with { Grants = [.. wallet.Grants.Select(grant => grant with { Sale = status })] };

    private WalletState Keep(WalletTurn turn)
    {
        _entries.AddRange(turn.Documents.Entries);
        return turn.State;
    }

    private long Booked(LedgerAccount account) => _entries.SelectMany(static entry => entry.Postings)
        .Sum(posting => (posting.Debit == account ? posting.Amount : 0) - (posting.Credit == account ? posting.Amount : 0));

    private IdSource Ids() => new($"void/{_turn++}", Drafts.Now);
}
