namespace OrleansBilling.Domain.Kernel;

/// <summary>The answer of a decision: either a value or a refusal.</summary>
/// <typeparam name="T">What is decided where nothing stands against it.</typeparam>
public readonly struct Decided<T>
{
    private readonly T? _value;

    private Decided(T? value, Refusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    /// <summary>Why it was refused, or null where it was not.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True where there is a value.</summary>
    public bool IsAccepted => Refusal is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The command was refused.</exception>
    public T Value => Refusal is null ? _value! : throw new InvalidOperationException($"Refused: {Refusal.Code}: {Refusal.Detail}");

    /// <summary>Accepts.</summary>
    public static implicit operator Decided<T>(T value) => new(value, refusal: null);

    /// <summary>Refuses.</summary>
    public static implicit operator Decided<T>(Refusal refusal) => new(default, refusal);
}
