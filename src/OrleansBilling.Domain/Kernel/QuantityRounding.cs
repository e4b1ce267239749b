namespace OrleansBilling.Domain.Kernel;

/// <summary>How a quantity is rounded.</summary>
public enum QuantityRounding
{
    /// <summary>To the nearest, half away from zero.</summary>
    Round,

    /// <summary>Up.</summary>
    Ceil,

    /// <summary>Down.</summary>
    Floor,
}
