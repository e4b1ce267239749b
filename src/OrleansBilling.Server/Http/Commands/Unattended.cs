using OrleansBilling.Grains.Turn;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>Commands that no grain serves: the same rules for keys, held by the row of the command log.</summary>
internal static class Unattended
{
    /// <summary>
    /// Answers as before where the key is known (422 <c>idempotency_mismatch</c> for another request), else does the work.
    /// </summary>
    /// <param name="call">The request.</param>
    /// <param name="work">Does it and stores the answer under the key in one transaction; null where the key was taken meanwhile.</param>
    public static async Task<Answer> RunAsync(Call call, Func<Task<Answer?>> work) =>
        await KnownAsync(call) ?? await TryAsync(call, work) ?? await KnownAsync(call)
        ?? throw new Problem(409, "in_flight", "A request with this Idempotency-Key is being worked on; repeat it.") { RetryAfter = 1 }.Exception();

    // What is refused may be what the same request did a moment before: an event that is voided, an item that waits no longer.
    private static async Task<Answer?> TryAsync(Call call, Func<Task<Answer?>> work)
    {
        try
        {
            return await work();
        }
        catch (ProblemException)
        {
            if (await KnownAsync(call) is { } known)
            {
                return known;
            }

            throw;
        }
    }

    private static async Task<Answer?> KnownAsync(Call call)
    {
        if (await call.Get<ICommandLog>().FindAsync(call.Key.Scope, call.Key.Key) is not { } known)
        {
            return null;
        }

        return known.RequestHash == call.Key.RequestHash
            ? new Answer(known.Status, known.Answer) { Replayed = true }
            : throw new Problem(
                422, "idempotency_mismatch", "This Idempotency-Key was used with another request; use a new key for a new request.", IdempotencyKey.Header).Exception();
    }
}
