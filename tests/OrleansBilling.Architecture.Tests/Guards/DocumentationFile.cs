using System.Xml.Linq;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>The compiler refuses public members without doc comments (CS1591) where a project makes its documentation file; this sees that it does.</summary>
internal static class DocumentationFile
{
    /// <summary>Public types that the documentation file does not know.</summary>
    public static IEnumerable<string> Undocumented(IEnumerable<Type> types, string xml)
    {
        var known = XDocument.Parse(xml).Descendants("member").Select(member => member.Attribute("name")?.Value).ToHashSet(StringComparer.Ordinal);
        return from type in types
               where type.IsVisible && type.Namespace?.StartsWith("OrleansCodeGen", StringComparison.Ordinal) is false
               where !known.Contains("T:" + type.FullName!.Replace('+', '.'))
               select $"{type.FullName} has no doc comment";
    }
}
