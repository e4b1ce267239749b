namespace OrleansBilling.Architecture.Tests.Fixtures;

/// <summary>A contract as a former release had it.</summary>
public static class ContractBefore
{
    [Alias("fixture.before.parcel_grain")]
    public interface IParcelGrain : IGrainWithStringKey
    {
        [Alias("Send")]
        Task Send(Parcel parcel);
    }

    [GenerateSerializer, Alias("fixture.before.parcel"), Immutable]
    public sealed record Parcel([property: Id(0)] long Weight, [property: Id(1)] string Address, [property: Id(2)] Size Size);

    public enum Size
    {
        Small,
        Large,
    }
}

/// <summary>The same with members swapped, a parameter more and a value in the middle.</summary>
public static class ContractAfter
{
    [Alias("fixture.after.parcel_grain")]
    public interface IParcelGrain : IGrainWithStringKey
    {
        [Alias("Send")]
        Task Send(Parcel parcel, bool fragile);
    }

    [GenerateSerializer, Alias("fixture.after.parcel"), Immutable]
    public sealed record Parcel([property: Id(1)] long Weight, [property: Id(0)] string Address, [property: Id(2)] Size Size);

    public enum Size
    {
        Small,
        Medium,
        Large,
    }
}

/// <summary>An interface and a message without what the house asks of them.</summary>
public static class CarelessContract
{
    public interface ICarelessGrain : IGrainWithStringKey
    {
        Task<Answer> Ask(Question question);
    }

    public sealed record Question(string Text);

    [GenerateSerializer, Alias("fixture.answer"), Immutable]
    public sealed record Answer([property: Id(0)] string Text)
    {
        public int Lost { get; init; }
    }
}
