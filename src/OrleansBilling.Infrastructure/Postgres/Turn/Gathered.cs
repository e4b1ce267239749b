namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>
/// Gathers look-ups of one kind that are asked for at the same time into one query: while queries are under way the next
/// keys gather, so that a single look-up waits for nobody and a storm costs few round trips.
/// </summary>
/// <typeparam name="TKey">What is looked up.</typeparam>
/// <typeparam name="TValue">What is found.</typeparam>
/// <param name="read">Reads many keys at once; keys that do not exist are left out.</param>
/// <param name="shared">Two who ask for one key at one time get one answer; false asks for each in a query of its own, for statements that change what they find.</param>
/// <param name="size">Keys in one query at most.</param>
/// <param name="inFlight">Queries at one time at most.</param>
public sealed class Gathered<TKey, TValue>(
    Func<IReadOnlyList<TKey>, Task<IReadOnlyDictionary<TKey, TValue>>> read,
    bool shared = true,
    int size = 512,
    int inFlight = 2)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(TKey Key, TaskCompletionSource<TValue?> Answer)> _waiting = new();
    private int _running;

    /// <summary>Looks a key up; the default value where it does not exist.</summary>
    public Task<TValue?> FindAsync(TKey key)
    {
        var answer = new TaskCompletionSource<TValue?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.AddLast((key, answer));
            if (_running >= inFlight)
            {
                return answer.Task;
            }

            _running++;
        }

        // The caller's transaction and context are not those of the query, which serves others too.
        _ = Detached.Run(RunAsync);

        return answer.Task;
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } taken)
        {
            try
            {
                var found = await read([.. taken.Keys]);
                foreach (var (key, answers) in taken)
                {
                    var value = found.TryGetValue(key, out var hit) ? hit : default;
                    answers.ForEach(answer => answer.TrySetResult(value));
                }
            }
            catch (Exception e)
            {
                // Whatever ended the query is the answer of all who asked.
                foreach (var answers in taken.Values)
                {
                    answers.ForEach(answer => answer.TrySetException(e));
                }
            }
        }
    }

    private Dictionary<TKey, List<TaskCompletionSource<TValue?>>> Take()
    {
        var taken = new Dictionary<TKey, List<TaskCompletionSource<TValue?>>>();
        lock (_lock)
        {
            for (var node = _waiting.First; node is not null && taken.Count < size;)
            {
                var next = node.Next;
                if (taken.TryGetValue(node.Value.Key, out var answers))
                {
                    if (shared)
                    {
                        answers.Add(node.Value.Answer);
                        _waiting.Remove(node);
                    }
                }
                else
                {
                    taken.Add(node.Value.Key, [node.Value.Answer]);
                    _waiting.Remove(node);
                }

                node = next;
            }

            if (taken.Count == 0)
            {
                _running--;
            }
        }

        return taken;
    }
}
