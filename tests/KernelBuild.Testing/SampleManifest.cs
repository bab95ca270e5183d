namespace KernelBuild.Testing;

/// <summary>The smallest manifest of a build that ended well.</summary>
public static class SampleManifest
{
    /// <param name="outputs">Names and sizes; the digests are none.</param>
    public static string Of(params IEnumerable<(string Path, int Size)> outputs) => $$"""
        {"formatVersion":2,"device":"d","withoutPatches":false,"verdict":{"result":"built"},"builder":{"runtime":"r","host":"h"},
         "project":{"file":"d.kernelproj","reproduce":[]},"source":{"patches":[]},
         "configuration":{"architecture":"arm64","defconfigs":[],"makeVariables":[],"kcflags":"","fragments":[]},
         "boot":{"stockImages":[],"externalModules":[],"ramdisk":[],"deviceTreeSources":[]},"commands":[],"seconds":{},"inputs":[],"outputs":[{{string.Join(
             ',', outputs.Select(output => $$"""{"path":"{{output.Path}}","size":{{output.Size}},"sha256":"{{new string('0', 64)}}"}"""))}}]}
        """;
}
