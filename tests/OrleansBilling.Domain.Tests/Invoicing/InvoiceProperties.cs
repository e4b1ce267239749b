using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Whatever happens to an invoice, in whatever order, no money is lost, doubled or unbooked.</summary>
public sealed class InvoiceProperties
{
    private static readonly string[] Codes = ["insufficient_funds", "lost_card", "processing_error", "expired_card"];

    [Fact]
    public void Money_is_conserved_over_any_sequence_of_events() =>
        Gen.Select(Gen.Long[1, 50_000], Gen.Int[0, 100], Gen.Int[0, 100], Gen.Bool, Gen.Select(Gen.Int[0, 13], Gen.Int[1, 20_000]).Array[1, 40])
            .Sample((total, taxPercent, creditPercent, automatic, steps) =>
            {
                var scene = new InvoiceScene(
                    total, total * taxPercent / 200, total * creditPercent / 150, automatic, automatic ? InvoiceScene.Visa : null);
                for (var i = 0; i < steps.Length; i++)
                {
                    Play(scene, steps[i].Item1, steps[i].Item2, i);
                    Check(scene);
                }
            }, iter: 5_000);

    /// <summary>One happening.</summary>
    private static void Play(InvoiceScene scene, int happening, int value, int index)
    {
        var attempts = scene.State.Attempts.Length;
        var wasBlocked = scene.State.Attempts.Where(DeclineClasses.BlocksMethod).Select(attempt => attempt.Method).ToHashSet();
        switch (happening)
        {
            case 0 or 1 when scene.Open is { Status: AttemptStatus.Queued }:
                scene.Send();
                break;
            case 2 or 3 when scene.Open is { Status: not AttemptStatus.Queued }:
                scene.Outcome(new AttemptOutcome.Succeeded("ch"));
                break;
            case 4 or 5 when scene.Open is { Status: not AttemptStatus.Queued }:
                scene.Outcome(new AttemptOutcome.Declined(Codes[value % Codes.Length], value % 7 == 0 ? "do_not_try_again" : null, null));
                break;
            case 6 when scene.Open is { Status: not AttemptStatus.Queued }:
                scene.Outcome(value % 2 == 0 ? new AttemptOutcome.Unknown() : new AttemptOutcome.Processing("ch", scene.Now + Duration.FromHours(value % 100)));
                break;
            case 7:
                scene.Credit(value, $"cit_{index}");
                Assert.True(wasBlocked.Count == 0 || scene.State.Attempts[attempts..].All(attempt => !wasBlocked.Contains(attempt.Method)));
                return;
            case 8 when value % 5 == 0:
                scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now));
                break;
            case 8 when value % 5 == 1:
                scene.Try(InvoiceDecider.MarkUncollectible(scene.State, scene.Facts, scene.Now));
                break;
            case 9:
                scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, value, "ref", "wire", scene.Ids(), scene.Now));
                break;
            case 10 when scene.State.Payments.Length > 0:
                var payment = scene.State.Payments[value % scene.State.Payments.Length].Id;
                if (scene.Try(InvoiceDecider.RequestRefund(scene.State, scene.Facts, payment, value % 3 == 0 ? null : value, "r", $"re_{index}", scene.Now)) is null)
                {
                    // Refunds and what credits of its lines gave to the balance are together at most what the customer gave for it.
                    var back = scene.State.Refunds.Where(item => item.Status is not RefundStatus.Failed).Sum(item => item.Amount)
                        + scene.State.CreditSettled - scene.State.CreditArrived - scene.State.CreditRefunded;
                    Assert.True(back <= scene.State.AmountPaid + scene.State.CreditApplied - scene.State.CreditArrived);
                }

                break;
            case 11 when scene.State.Refunds.FirstOrDefault(refund => refund.Status is RefundStatus.Pending) is { } refund:
                AttemptOutcome outcome = value % 3 == 0 ? new AttemptOutcome.Declined("no", null, null) : new AttemptOutcome.Succeeded("rf");
                scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, refund.Id, outcome, scene.Now));
                break;
            case 12:
                scene.Try(InvoiceDecider.Pay(scene.State, scene.Facts, value % 2 == 0 ? InvoiceScene.Other : null, scene.Ids(), scene.Now));
                break;
            default:
                scene.Facts = CollectionFacts.Of(value % 3 == 0 ? InvoiceScene.Other : scene.Facts.DefaultMethod, DunningPolicy.Default);
                scene.Step(scene.Now + Duration.FromHours(value % 90));
                break;
        }

        Assert.All(scene.State.Attempts.Skip(attempts), attempt => Assert.DoesNotContain(attempt.Method, wasBlocked));
    }

    private static void Check(InvoiceScene scene)
    {
        var state = scene.State;
        Assert.True(state.Attempts.Count(attempt => attempt.IsOpen) <= 1);
        Assert.True(state.Payments.Count(payment => payment.Status is PaymentStatus.Pending) <= 1);
        Assert.True(state.AmountRemaining >= 0 && state.AmountPaid >= 0 && state.CreditApplied >= 0);
        if (state.Status is not InvoiceStatus.Void)
        {
            Assert.Equal(state.Total, state.AmountPaid + state.CreditApplied + state.AmountRemaining);
        }

        var received = state.Payments.Where(payment => payment.Status is PaymentStatus.Succeeded).Sum(payment => payment.Amount);
        var surplus = state.Payments.Sum(payment => payment.Credited);
        var refunded = state.Refunds.Where(refund => refund.Status is RefundStatus.Succeeded).Sum(refund => refund.Amount);
        Assert.Equal(received, state.Attempts.Where(attempt => attempt.Status is AttemptStatus.Succeeded).Sum(attempt => attempt.Amount));
        Assert.Equal(received, state.AmountPaid + surplus);
        Assert.Equal(received - refunded, scene.In(LedgerAccount.GatewayClearing) + scene.In(LedgerAccount.OffGateway));
        Assert.Equal(refunded, state.Payments.Sum(payment => payment.Refunded));
        Assert.All(state.Payments, payment => Assert.True(InvoiceDecider.Refundable(state, payment) >= 0));

        Assert.Equal(0, scene.Ledger.Values.Sum());
        Assert.Equal(state.Status is InvoiceStatus.Open ? state.AmountRemaining : 0, scene.In(LedgerAccount.Receivable));
        Assert.Equal(state.Status is InvoiceStatus.Uncollectible ? state.AmountRemaining : 0, scene.In(LedgerAccount.BadDebt));
        Assert.Equal(-scene.Balance, scene.In(LedgerAccount.CustomerCredit));
        Assert.Equal(0, scene.In(LedgerAccount.CreditInTransit));
        if (state.Status is InvoiceStatus.Void)
        {
            // Nothing was sold, and the customer stands where he stood before: credits of its lines and the void together
            // give the balance taken at issue back once. Beyond it he has only his own surplus money.
            Assert.Equal(surplus, scene.Balance);
            Assert.Equal(0, scene.In(LedgerAccount.Revenue) + scene.In(LedgerAccount.TaxPayable));
            Assert.Equal(0, scene.In(LedgerAccount.Refunds));
        }

        var collectable = state is { Status: InvoiceStatus.Open, Stage: not CollectionStage.Exhausted };
        Assert.Equal(
            collectable || state.Attempts.Any(attempt => attempt.IsOpen),
            CollectionCalendar.NextAt(state, scene.Facts.Policy, scene.Now) is not null);
    }
}
