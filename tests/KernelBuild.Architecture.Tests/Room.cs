namespace KernelBuild.Architecture.Tests;

/// <summary>A folder directly below a project, or the files beside its project file.</summary>
internal static class Room
{
    public const string Root = ".";

    /// <summary>KernelBuild.Git/Objects.</summary>
    public static string Of(string file) => $"{ProjectOf(file)}/{NameOf(file)}";

    /// <summary>KernelBuild.Git.</summary>
    public static string ProjectOf(string file) => file.Split('/')[1];

    /// <summary>Objects.</summary>
    public static string NameOf(string file) => file.Split('/') is { Length: > 3 } parts ? parts[2] : Root;
}
