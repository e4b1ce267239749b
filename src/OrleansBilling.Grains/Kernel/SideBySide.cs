using System.Collections.Immutable;

namespace OrleansBilling.Grains.Kernel;

/// <summary>Asks many, some of them at one time.</summary>
public static class SideBySide
{
    /// <summary>The answers in the order of the questions. A failure is thrown once no question is under way any more; none begins after it.</summary>
    /// <param name="questions">Any number.</param>
    /// <param name="atOnce">How many are under way at most: what a grain may ask of others at one time.</param>
    /// <param name="ask">Asks one.</param>
    /// <remarks>It stays in the context of its caller, as grains need it.</remarks>
    public static async Task<ImmutableArray<TAnswer>> AskAsync<TQuestion, TAnswer>(IReadOnlyList<TQuestion> questions, int atOnce, Func<TQuestion, Task<TAnswer>> ask)
    {
        var answers = new TAnswer[questions.Count];
        var (next, failed) = (0, false);
        async Task WorkAsync()
        {
            while (!failed && next < questions.Count)
            {
                var mine = next++;
                try
                {
                    answers[mine] = await ask(questions[mine]);
                }
                catch
                {
                    failed = true;
                    throw;
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(atOnce, questions.Count)).Select(_ => WorkAsync()));
        return ImmutableArray.Create(answers);
    }
}
