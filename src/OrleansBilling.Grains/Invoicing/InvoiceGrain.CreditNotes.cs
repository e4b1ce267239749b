using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Credit notes of an invoice.</summary>
public sealed partial class InvoiceGrain
{
    private Refusal? _withoutRoom;

    /// <inheritdoc/>
    public async Task<CommandAnswer> IssueCreditNote(CommandKey key, Instant now, IssueCreditNote command)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        // The id comes from the key alone: a repeat of a request that was cut off finds its note and sends its refunds.
        var id = KeyIds(key).Next("cn");
        if (State.CreditNotes.All(note => note.Id != id))
        {
            await ApplyCreditsAsync(now);
            var lines = await notes.LinesAsync(State.Id);
            var decided = await TurnAsync(
                now,
                facts => InvoiceDecider.IssueCreditNote(State, facts, lines, command.Order(), KeyIds(key), now),
                new TurnOptions(Again: async () =>
                {
                    await ApplyCreditsAsync(now);
                    lines = await notes.LinesAsync(State.Id);
                }));
            if (decided.Refusal is { } refusal)
            {
                return Told(CommandAnswers.Of(refusal), now);
            }
        }

        foreach (var refund in State.Refunds.Where(refund => refund.CreditNote == id && refund.Status is RefundStatus.Pending))
        {
            await SendRefundAsync(refund, now);
        }

        if (State.Attempts.Any(attempt => attempt.IsOpen))
        {
            // An attempt that was dropped for the credit is queued again for what is left.
            await CollectAsync(now, ask: false);
        }

        var record = (await notes.LoadAsync([id], CancellationToken.None)).Single();
        return await AnswerAsync(key, now, 201, CreditNoteView.Render(record));
    }

    /// <summary>
    /// Makes the credit notes that late usage has ordered, one for each look; none while a payment or a refund is under way whose outcome
    /// says what they lower. One for which there is no room stays, and the others are made: the due work that asks for it tells a person.
    /// </summary>
    private async Task MakeOrderedNotesAsync(Instant now)
    {
        var stuck = new HashSet<string?>();
        _withoutRoom = null;
        while (Ordered.FirstOrDefault(credit => !stuck.Contains(credit.Cause)) is { Cause: var look })
        {
            var lines = await notes.LinesAsync(State.Id);
            var decided = await TurnAsync(
                now,
                facts => Ordered.Where(credit => credit.Cause == look).ToImmutableArray() is { IsEmpty: false } ordered
                    ? InvoiceDecider.IssueOrderedNote(State, facts, lines, ordered, Ids(now), now)
                    : InvoiceDecider.StepDue(State, facts, Ids(now), now),
                new TurnOptions(
                    Again: async () => lines = await notes.LinesAsync(State.Id),
                    MoreDue: () => Credits.IsEmpty && Ordered.All(credit => credit.Cause == look) ? [Due(DueKind.CreditArrived, at: null)] : []));
            if (decided.Refusal is { Code: InvoiceDecider.OrderedNoteWithoutRoom } without)
            {
                stuck.Add(look);
                _withoutRoom = without;
            }
            else if (decided.Refusal is not null)
            {
                return;
            }

            await RefreshCreditsAsync();
        }
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> PreviewCreditNote(Instant now, IssueCreditNote command)
    {
        if (!await BeginAsync(facts: null))
        {
            return CommandAnswers.Of(Refusal.NotFound("invoice_not_found", "There is no such invoice."));
        }

        var facts = await FactsAsync();
        var state = State;
        foreach (var credit in Credits)
        {
            // As the command would, before anything else.
            state = InvoiceDecider.CreditArrived(state, facts, credit, Ids(now), now) is { IsAccepted: true } arrived ? arrived.Value.State : state;
        }

        var lines = await notes.LinesAsync(State.Id);
        foreach (var look in Ordered.GroupBy(credit => credit.Cause, StringComparer.Ordinal))
        {
            if (InvoiceDecider.IssueOrderedNote(state, facts, lines, [.. look], new IdSource($"preview/{State.Id}/{look.Key}", now), now) is { IsAccepted: true } made)
            {
                state = made.Value.State;
                lines = [.. lines.Select(line => line.After(made.Value.Documents.CreditNotes))];
            }
        }

        var decided = InvoiceDecider.IssueCreditNote(state, facts, lines, command.Order(), new IdSource($"preview/{State.Id}", now), now);
        return decided.Refusal is { } refusal
            ? CommandAnswers.Of(refusal)
            : CommandAnswers.Of(200, CreditNoteView.Render(new CreditNoteRecord(decided.Value.Documents.CreditNotes[^1], Number: null, FailedRefunds: 0)));
    }
}
