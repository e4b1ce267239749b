using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Grains.Turn;

/// <summary>What a turn decided: a refusal, nothing to do, or a new state with all that is committed beside it.</summary>
/// <typeparam name="TState">The grain's state.</typeparam>
public sealed record TurnDecision<TState>
    where TState : class
{
    private TurnDecision()
    {
    }

    /// <summary>Why it was refused; null where it was not.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>The state after the turn; null where the state stays as it is.</summary>
    public TState? State { get; private init; }

    /// <summary>What is committed with it; null where there is nothing to commit.</summary>
    public TurnWrite? Write { get; private init; }

    /// <summary>HTTP status of the answer.</summary>
    public int Status { get; private init; } = 200;

    /// <summary>JSON body of the answer.</summary>
    public string Answer { get; private init; } = "{}";

    /// <summary>Refuses: nothing is written, and nothing is stored under the key.</summary>
    public static TurnDecision<TState> Refuse(Refusal refusal) => new() { Refusal = refusal };

    /// <summary>Commits a new state with its documents; command key and actor are filled in by the turn.</summary>
    public static TurnDecision<TState> Commit(TState state, TurnWrite write, string answer = "{}", int status = 200) =>
        new() { State = state, Write = write, Answer = answer, Status = status };

    /// <summary>Nothing is to be done; a command's answer is not stored, since a repeat finds the same.</summary>
    public static TurnDecision<TState> Nothing(string answer = "{}", int status = 200) => new() { Answer = answer, Status = status };

    /// <summary>Refusals are decisions too.</summary>
    public static implicit operator TurnDecision<TState>(Refusal refusal) => Refuse(refusal);
}
