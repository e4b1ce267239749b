using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Tests.Wallets;
using OrleansBilling.Domain.Wallets;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Random lives of invoices that prepaid credit pays, with credit notes and voids: whatever happens, it comes back to the cent.</summary>
public sealed class PrepaidProperties
{
    private static readonly string[] Taxes = ["", "19", "7.7,2.5", "20:food", "50"];

    [Fact]
    public void Prepaid_credit_is_never_overspent_and_comes_back_exactly() => Gen.Int.Sample(seed => new Account(seed).Live(), iter: 400);

    /// <summary>An account with two or three wallets, and what becomes of its invoices.</summary>
    private sealed class Account(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly GrantRows _rows = new();
        private readonly List<Billed> _invoices = [];
        private Instant _now = Now;
        private int _turn;

        public void Live()
        {
            _rows.Wallet("wal_a", _now).Wallet("wal_b", _now, _random.Next(1, 700) / 100m, _random.Next(-1, 2), _random.Next(2) == 0 ? [] : ["seats"]);
            for (var i = 0; i < 14; i++)
            {
                _now += Duration.FromHours(_random.Next(0, 60));
                Step();
            }

            // In the end everything is credited or taken back: nothing stays paid, and nothing of the books is left but what lapsed.
            foreach (var billed in _invoices.Where(billed => billed.State.Status is not InvoiceStatus.Void))
            {
                Close(billed);
            }

            Assert.All(_invoices.SelectMany(billed => billed.Invoice.Lines), line => Assert.Equal(0, _rows.PaidOf(line.Id)));
            Assert.Equal((0, 0), (_rows.Booked(LedgerAccount.Revenue), _rows.Booked(LedgerAccount.TaxPayable)));
            foreach (var grant in _rows.Grants.Where(grant => grant is { Status: GrantStatus.Active, Recurrence: null }))
            {
                Assert.Equal((grant.Amount, grant.Price ?? Rounding.ToMinorUnits(ValueOf(grant))), (grant.Remaining, grant.Deferred));
            }
        }

        private decimal ValueOf(Grant grant) => _rows.Living.First(held => held.Grant.Id == grant.Id).Wallet.ValueOf(grant.Amount);

        private void Step()
        {
            switch (_random.Next(9))
            {
                case 0 or 1 or 2:
                    var wallet = _random.Next(2) == 0 ? "wal_a" : "wal_b";
                    _rows.Grant(wallet, new GrantOrder(wallet == "wal_a" ? _random.Next(1, 3000) : _random.Next(1, 30_000) / 10m)
                    {
                        Price = _random.Next(3) == 0 ? _random.Next(1, 2000) : null,
                        Priority = _random.Next(-1, 2),
                        ExpiresAt = _random.Next(3) == 0 ? _now + Duration.FromHours(_random.Next(41, 300)) : null,
                        EffectiveAt = _random.Next(4) == 0 ? _now + Duration.FromHours(_random.Next(1, 40)) : null,
                    }, _now);
                    break;
                case 3:
                    _rows.Due(_random.Next(2) == 0 ? "wal_a" : "wal_b", _now);
                    break;
                case 4 or 5:
                    Issue();
                    break;
                case 6 when Living() is { } billed:
                    Note(billed, _random.Next(3) == 0);
                    break;
                case 7 when Living() is { } billed && _random.Next(2) == 0:
                    Keep(billed, InvoiceDecider.Void(billed.State with { Paid = _rows.Paid([billed.Invoice.Id]) }, Facts, _now));
                    break;
                default:
                    Issue();
                    break;
            }
        }

        private Billed? Living() => _invoices.Where(billed => billed.State.Status is not InvoiceStatus.Void).ToList() is { Count: > 0 } living ? living[_random.Next(living.Count)] : null;

        private static CollectionFacts Facts => CollectionFacts.Of(null, DunningPolicy.Default);

        private IdSource Ids() => new($"turn/{_turn++}", _now);

        private void Issue()
        {
            var lines = Enumerable.Range(0, _random.Next(1, 5)).Select(i => Line(_random.Next(1, 2500), _random.Next(3) == 0 ? "food" : null) with
            {
                Price = new[] { "base", "seats", null }[_random.Next(3)],
            }).ToArray();
            var tax = Tax(Taxes[_random.Next(Taxes.Length)], _random.Next(2) == 0, _random.Next(2) == 0 ? TaxRounding.Document : TaxRounding.Line);
            var coupons = Coupons(new[] { "", "20%", "300", "33.3%:seats,150" }[_random.Next(4)]);
            var ids = Ids();
            var id = $"inv_{_turn}";
            var before = _rows.Living;
            var purse = Domain.Wallets.Purse.Open("acct_1", before, PaidLines.None, ids, _now);
            var computed = InvoiceCalculator.Compute(lines, coupons, tax, Usd, ids, purse is null ? null : new PrepaidUse(purse, id));
            ExplainEvaluator.Check(computed);
            var billing = Drafts.Facts(account: Drafts.Account(tax) with { DefaultMethod = null });
            var documents = InvoiceIssue.Issue(id, null, computed, billing, _now, "one_off", ids, ImmutableDictionary<string, CreditableInvoice>.Empty);
            _rows.Keep(documents);

            var invoice = Assert.Single(documents.Invoices);
            Assert.All(invoice.Lines, line => Assert.InRange(line.WalletAmount, 0, line.Draft.Amount - line.DiscountAmount));
            Assert.All(invoice.Lines, line => Assert.Equal(line.WalletAmount, _rows.PaidOf(line.Id)));
            Assert.Equal(invoice.Totals.WalletApplied, invoice.Lines.Sum(line => line.WalletAmount));
            Assert.Equal(invoice.AmountDue == 0 ? InvoiceStatus.Paid : InvoiceStatus.Open, InvoiceIssue.StatusOf(invoice));

            // What no wallet pays is not payable by any that has a whole minor unit left and may pay it.
            foreach (var held in _rows.Living.Where(held => held.Grant.CountsAt(_now) && held.Wallet.ValueOf(held.Grant.Free) >= 1 && held.Grant.ResetsAt is null))
            {
                Assert.All(
                    invoice.Lines.Where(line => held.Wallet.AppliesTo.IsEmpty || held.Wallet.AppliesTo.Contains(line.Draft.Price ?? "")),
                    line => Assert.Equal(line.Draft.Amount - line.DiscountAmount, line.WalletAmount));
            }

            _invoices.Add(new Billed(invoice, InvoiceIssue.InitialState(invoice)));
        }

        private void Note(Billed billed, bool bare)
        {
            var left = billed.Lines().Where(line => line.Line.Draft.Amount > line.Taken.Amount).ToList();
            if (left.Count == 0)
            {
                return;
            }

            var line = left[_random.Next(left.Count)];
            var amount = Math.Max(1, (line.Line.Draft.Amount - line.Taken.Amount) * _random.Next(1, 1001) / 1000);
            Note(billed, bare
                ? new CreditNoteOrder([], Math.Max(1, billed.State.Total * _random.Next(1, 1001) / 1000), "asked", CreditNoteSettlement.Credit)
                : new CreditNoteOrder([new CreditNoteOrderLine(line.Line.Id, amount)], null, "asked", CreditNoteSettlement.Credit));
        }

        private void Note(Billed billed, CreditNoteOrder order)
        {
            var decided = InvoiceDecider.IssueCreditNote(
                billed.State with { Paid = _rows.Paid([billed.Invoice.Id]) }, Facts, billed.Lines(), order, Ids(), _now);
            if (decided.Refusal is { } refused)
            {
                Assert.Contains(refused.Code, new[] { "credit_above_left", "nothing_to_credit" });
                return;
            }

            var note = Assert.Single(decided.Value.Documents.CreditNotes);
            billed.Notes.Add(note);
            Keep(billed, decided);
            foreach (var line in billed.Lines())
            {
                Assert.Equal(line.Line.WalletAmount - line.Taken.Wallet, _rows.PaidOf(line.Line.Id));
                Assert.InRange(line.Taken.Wallet, 0, line.Line.WalletAmount);
            }
        }

        private void Close(Billed billed)
        {
            if (_random.Next(3) == 0 && billed.Notes.Count == 0)
            {
                Keep(billed, InvoiceDecider.Void(billed.State with { Paid = _rows.Paid([billed.Invoice.Id]) }, Facts, _now));
                return;
            }

            ImmutableArray<CreditNoteOrderLine> rest = [.. billed.Lines().Where(line => line.Line.Draft.Amount > line.Taken.Amount)
                .Select(line => new CreditNoteOrderLine(line.Line.Id, line.Line.Draft.Amount - line.Taken.Amount))];
            if (!rest.IsEmpty)
            {
                Note(billed, new CreditNoteOrder(rest, null, "all", CreditNoteSettlement.Credit));
            }

            // A full credit is exactly zero: in wallet credit, in tax and in money.
            Assert.Equal(billed.Invoice.Totals.Total, billed.Notes.Sum(note => note.Total));
            Assert.Equal(billed.Invoice.Totals.TaxTotal, billed.Notes.Sum(note => note.TaxTotal));
            Assert.Equal(billed.Invoice.Totals.WalletApplied, billed.Notes.Sum(note => note.WalletTotal));
        }

        private void Keep(Billed billed, Decided<InvoiceTurn> decided)
        {
            Assert.Null(decided.Refusal?.Code is "invoice_not_open" or "lines_credited" ? null : decided.Refusal);
            if (decided.IsAccepted)
            {
                billed.State = decided.Value.State;
                _rows.Keep(decided.Value.Documents);
            }
        }
    }

    private sealed record Billed(Invoice Invoice, InvoiceState First)
    {
        public InvoiceState State { get; set; } = First;

        public List<CreditNote> Notes { get; } = [];

        public IReadOnlyList<CreditableLine> Lines() =>
        [
            .. Invoice.Lines.Select(line => new CreditableLine(line, Notes.SelectMany(note => note.Lines).Where(part => part.Line == line.Id)
                .Aggregate(LineTaken.None, static (taken, part) => taken.And(new LineTaken(part.Amount, part.DiscountAmount, part.WalletAmount, part.Taxes))))),
        ];
    }
}
