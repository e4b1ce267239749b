namespace OrleansBilling.Server.Demo;

/// <summary>The scene cannot go on; the message says why and what to do.</summary>
internal sealed class DemoException : Exception
{
    /// <summary>Makes the error.</summary>
    public DemoException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with its cause.</summary>
    public DemoException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes the error.</summary>
    public DemoException()
    {
    }
}
