using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Invoicing;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// What coupons gave, kept by hand from the invoices alone: by coupon and by the period that ran when the invoice was made.
/// Written apart from the code that bills.
/// </summary>
internal sealed class CouponBook
{
    private readonly Dictionary<string, Coupon> _coupons = [];
    private readonly List<(string Discount, string Invoice, string? Credited, int Period, bool Moved, long Given, long TakenBack)> _uses = [];
    private readonly HashSet<string> _void = [];
    // Counted: a month that a year has cut short can end again where it did before.
    private int _period;
    private readonly HashSet<string> _givenAgain = [];

    public void Void(string invoice) => _void.Add(invoice);

    /// <summary>The invoice's turn refuses where what it took back was given again (<c>coupon_given_again</c>), and where it credits a void one.</summary>
    public bool CanVoid(Invoice invoice) =>
        !_givenAgain.Contains(invoice.Id) && !invoice.Lines.Any(line => line.Draft.CreditedInvoice is { } credited && _void.Contains(credited));

    /// <summary>Nothing of a void invoice counts: neither what it gave nor what was taken back of it.</summary>
    private bool Counts(string invoice, string? credited) => !_void.Contains(invoice) && (credited is null || !_void.Contains(credited));

    public void Take(SubscriptionState? before, SubscriptionStep step)
    {
        foreach (var attached in step.State.Coupons)
        {
            _coupons[attached.Id] = attached.Coupon;
        }

        _period += before?.CurrentPeriod.End == step.State.CurrentPeriod.End ? 0 : 1;
        _givenAgain.UnionWith(step.Documents.InvoicesCredited.Where(seen => seen.CouponGivenAgain).Select(seen => seen.Invoice));
        foreach (var invoice in step.Documents.Invoices)
        {
            CheckLeft(before, step.State, invoice);
            var moved = before is not null && before.CurrentPeriod.End != step.State.CurrentPeriod.End;
            foreach (var (credited, part) in invoice.Lines.SelectMany(line => line.Discounts, (line, part) => (line.Draft.CreditedInvoice, part)))
            {
                _uses.Add((part.Discount, invoice.Id, credited, _period, moved, Math.Max(part.Amount, 0), Math.Max(-part.Amount, 0)));
            }
        }
    }

    /// <summary>A coupon for ever has its whole amount in each period, less what stands of it on the period's invoices.</summary>
    private void CheckLeft(SubscriptionState? before, SubscriptionState after, Invoice invoice)
    {
        foreach (var attached in after.Coupons.Where(coupon => coupon.Coupon is { Duration: CouponDuration.Forever, AmountOff: not null }))
        {
            var given = _uses.Where(use => use.Discount == attached.Id && use.Period == _period && Counts(use.Invoice, use.Credited))
                .Sum(use => use.Given - (use.Moved ? 0 : use.TakenBack));
            var taken = before?.CurrentPeriod.End != after.CurrentPeriod.End
                ? 0
                : -invoice.Lines.SelectMany(line => line.Discounts).Where(part => part.Discount == attached.Id && part.Amount < 0).Sum(part => part.Amount);
            var steps = invoice.Lines.SelectMany(line => line.Explain.Steps)
                .Where(step => step.Operation == "discount" && step.Inputs.TryGetValue("coupon", out var code) && code == attached.Coupon.Code);
            Assert.All(steps, step => Assert.Equal(attached.Coupon.AmountOff!.Value - given + taken, ExplainEvaluator.Number(step, "amount_left")));
        }
    }

    public void Check()
    {
        foreach (var (discount, coupon) in _coupons)
        {
            var uses = _uses.Where(use => use.Discount == discount && Counts(use.Invoice, use.Credited)).ToList();
            Assert.True(uses.Sum(use => use.Given - use.TakenBack) >= 0);
            if (coupon.AmountOff is not { } amount)
            {
                continue;
            }

            foreach (var period in uses.GroupBy(use => use.Period))
            {
                // What a change takes back of the period that it ends was given in that one.
                Assert.InRange(period.Sum(use => use.Given - (use.Moved ? 0 : use.TakenBack)), 0, amount);
            }

            if (coupon.Duration is CouponDuration.Once)
            {
                Assert.InRange(uses.Sum(use => use.Given - use.TakenBack), 0, amount);
            }

            if (coupon.PeriodLimit is { } limit)
            {
                Assert.InRange(uses.Sum(use => use.Given - use.TakenBack), 0, amount * limit);
            }
        }
    }
}
