using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Dunning;

/// <summary>When an invoice has to be looked at next: the instant of its row of due work.</summary>
public static class CollectionCalendar
{
    private static readonly Duration[] Ladder = [Duration.FromMinutes(1), Duration.FromMinutes(5), Duration.FromHours(1)];

    /// <summary>
    /// The instant at which collection goes on: send what is queued, ask for an outcome, turn past due, or take the next
    /// step. Null where nothing is left to do.
    /// </summary>
    public static Instant? NextAt(InvoiceState state, DunningPolicy policy, Instant now)
    {
        if (state.Attempts.LastOrDefault(attempt => attempt.IsOpen) is { } open)
        {
            return open.Status switch
            {
                AttemptStatus.Queued => open.CreatedAt,
                AttemptStatus.Processing when open.AskAgainAt is { } at => at,
                _ => AskAt(open.SentAt ?? open.CreatedAt, now),
            };
        }

        if (state.Status is not InvoiceStatus.Open || state.AmountRemaining <= 0 || state.Stage is CollectionStage.Exhausted)
        {
            return null;
        }

        if (state.Held || state.VoidAt is not null)
        {
            return state.VoidAt;
        }

        return state.Stage is CollectionStage.Current
            ? state.DueAt
            : RetrySchedule.Next(policy, state.DueAt, state.TimeZone, state.RetriesDone) ?? state.DueAt;
    }

    /// <summary>
    /// When to ask again for an outcome that is not known: 1 minute, 5 minutes and 1 hour after it was sent, then daily. It is
    /// asked for ever: unknown never decays into failed.
    /// </summary>
    public static Instant AskAt(Instant sentAt, Instant now)
    {
        var elapsed = now - sentAt;
        foreach (var step in Ladder)
        {
            if (elapsed < step)
            {
                return sentAt + step;
            }
        }

        return sentAt + Duration.FromDays(elapsed.Days + 1);
    }
}
