namespace OrleansBilling.Grains.Turn;

/// <summary>A grain's state as it is stored: the state with the version of its shape.</summary>
/// <remarks>A release reads every version up to its own and refuses later ones, which an older release would cut short.</remarks>
/// <typeparam name="TState">An immutable record of the product.</typeparam>
public sealed class StateEnvelope<TState>
    where TState : class
{
    /// <summary>The version of <typeparamref name="TState"/>'s shape when it was written.</summary>
    public int SchemaVersion { get; set; } = 1;

    /// <summary>The state; null before the first turn.</summary>
    public TState? State { get; set; }
}
