using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Tests.Invoicing;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>Credit notes of an invoice that sold prepaid credit: 100 for 60.00 and 20 % of tax, paid by hand.</summary>
public sealed class SoldCreditNoteTests
{
    private readonly List<JournalEntry> _entries = [];
    private readonly List<CreditNoteLine> _noted = [];
    private readonly Sale _sale;

    public SoldCreditNoteTests() => _sale = new Sale(this, money: true);

    [Theory]
    // Used of 100, credited of 6,000 before tax; what is left of the credit and deferred for it.
    [InlineData(0, 6_000, 0, 0)]
    [InlineData(40, 3_600, 0, 0)]
    [InlineData(40, 3_000, 10, 600)]
    [InlineData(0, 1, 100, 5_999)]
    public void A_note_takes_the_same_part_of_the_unused_credit_and_its_deferred_price_with_it(int used, long credited, int left, long deferred)
    {
        _sale.Use(used);
        Assert.Null(_sale.Note(credited));
        Assert.Equal((left, credited == 1 ? 6_000 : deferred), ((int)_sale.Grant.Remaining, _sale.Grant.Deferred));
        Assert.Equal(-_sale.Grant.Deferred, Booked(LedgerAccount.PrepaidCredit));
        // Revenue is what was used at its cost; a cent whose part of the credit is less than a unit is the customer's gain.
        Assert.Equal(-(60L * used) + (credited == 1 ? 1 : 0), Booked(LedgerAccount.Revenue));
        Assert.Equal(0, Booked(LedgerAccount.Breakage));
        Assert.Equal(-(1_200 - credited / 5), Booked(LedgerAccount.TaxPayable));
    }

    [Theory]
    [InlineData(40, 0, 3_660, "prepaid_credit_used")]
    [InlineData(40, 30, 1_860, "prepaid_credit_used")]
    [InlineData(40, 30, 1_800, null)]
    [InlineData(100, 0, 60, "prepaid_credit_used")]
    public void What_is_used_or_held_is_not_taken_back(int used, int held, long credited, string? refused)
    {
        _sale.Use(used);
        _sale.Hold(held);
        Assert.Equal(refused, _sale.Note(credited));
    }

    [Fact]
    public void Parts_of_units_make_the_whole_over_several_notes()
    {
        var sale = new Sale(this, money: false);
        for (var i = 0; i < 6; i++)
        {
            Assert.Null(sale.Note(i == 0 ? 1_001 : 999));
        }

        Assert.Null(sale.Note(4));
        Assert.Equal((0m, 0), (sale.Grant.Remaining, sale.Grant.Deferred));
        Assert.Equal((0, 0), (Booked(LedgerAccount.PrepaidCredit), Booked(LedgerAccount.Revenue)));
    }

    [Fact]
    public void An_invoice_that_is_not_paid_yet_is_voided_instead_and_a_grant_that_has_ended_gives_nothing_back()
    {
        Assert.Equal("prepaid_credit_sold", _sale.Note(60, grant => grant with { Status = GrantStatus.Pending, Remaining = 0 }));
        Assert.Equal("prepaid_credit_used", _sale.Note(60, grant => grant with { ExpiresAt = Drafts.Now }));
        Assert.Equal("prepaid_credit_used", _sale.Note(60, static grant => grant with { Status = GrantStatus.Voided, Remaining = 0, Deferred = 0 }));
    }

    private long Booked(LedgerAccount account) => _entries.SelectMany(entry => entry.Postings)
        .Sum(posting => (posting.Debit == account ? posting.Amount : 0) - (posting.Credit == account ? posting.Amount : 0));

    /// <summary>The wallet and the invoice of the sale, as their rows would be.</summary>
    private sealed class Sale
    {
        private readonly SoldCreditNoteTests _books;
        private WalletState _wallet;
        private InvoiceState _invoice;
        private readonly InvoiceLine _line;
        private int _turn;

        public Sale(SoldCreditNoteTests books, bool money)
        {
            _books = books;
            books._entries.Clear();
            var billing = new BillingFacts(Drafts.Account(Drafts.Tax("20")) with { DefaultMethod = null }, 0, DunningPolicy.Default);
            _wallet = Keep(WalletDecider.Open("wal_1", money ? new WalletOrder { Currency = "usd" } : new WalletOrder { Unit = "token", UnitValue = 1 }, billing.Account, Ids(), Drafts.Now).Value);
            var sold = WalletDecider.Grant(_wallet, new GrantOrder(100) { Price = 6_000 }, billing, Ids(), Drafts.Now).Value;
            _wallet = Keep(sold);
            var issued = sold.Documents.Invoices[^1];
            _line = issued.Lines[0];
            var paid = InvoiceDecider.RecordPayment(InvoiceIssue.InitialState(issued), Facts, 7_200, "wire", "bank", Ids(), Drafts.Now).Value;
            books._entries.AddRange(paid.Documents.Entries);
            _invoice = paid.State with { Wallet = "wal_1" };
            _wallet = _wallet with { Grants = [.. _wallet.Grants.Select(static grant => grant with { Sale = InvoiceStatus.Paid })] };
            _wallet = Keep(WalletDecider.Due(_wallet, billing, Ids(), Drafts.Now));
        }

        private static CollectionFacts Facts => CollectionFacts.Of(null, DunningPolicy.Default);

        public Grant Grant => _wallet.Grants[^1];

        public void Use(int amount)
        {
            if (amount > 0)
            {
                _wallet = Keep(WalletDecider.Debit(_wallet, $"debit_{_turn}", amount, "test", Ids(), Drafts.Now).Value);
            }
        }

        public void Hold(int amount)
        {
            if (amount > 0)
            {
                _wallet = Keep(WalletDecider.Hold(_wallet, "hold_1", amount, NodaTime.Duration.FromHours(1), Ids(), Drafts.Now).Value);
            }
        }

        public string? Note(long credited, Func<Grant, Grant>? shown = null)
        {
            var seen = shown is null ? Grant : shown(Grant);
            var taken = _books._noted.Aggregate(LineTaken.None, static (all, part) => all.And(new LineTaken(part.Amount, part.DiscountAmount, part.WalletAmount, part.Taxes)));
            var order = new CreditNoteOrder([new CreditNoteOrderLine(_line.Id, credited)], null, "asked", CreditNoteSettlement.Refund);
            var decided = InvoiceDecider.IssueCreditNote(
                _invoice with { Sold = new PrepaidGrant(_wallet.Wallet, seen) }, Facts, [new CreditableLine(_line, taken)], order, Ids(), Drafts.Now);
            if (decided.Refusal is { } refusal)
            {
                return refusal.Code;
            }

            var documents = decided.Value.Documents;
            _books._entries.AddRange(documents.Entries);
            _books._noted.AddRange(documents.CreditNotes[^1].Lines);
            foreach (var write in documents.Wallets.Grants)
            {
                Assert.Equal(seen, write.Before);
                Assert.True(write.IsMove);
                _wallet = _wallet with { Grants = [.. _wallet.Grants.Select(grant => grant.Id == write.Grant.Id ? write.Grant : grant)] };
            }

            Assert.Equal(seen.Remaining - Grant.Remaining, -documents.Wallets.Movements.Sum(static movement => movement.Amount));
            _invoice = decided.Value.State;
            return null;
        }

        private WalletState Keep(WalletTurn turn)
        {
            _books._entries.AddRange(turn.Documents.Entries);
            return turn.State;
        }

        private IdSource Ids() => new($"sale/{_turn++}", Drafts.Now);
    }
}
