namespace KernelBuild.Fetch;

/// <summary>Debian policy 5.6.1: lower-case letters, digits, plus, minus and dot, at least two characters.</summary>
internal static class DebianPackageName
{
    public static bool IsValid(string name) =>
        name.Length >= 2
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.');
}
