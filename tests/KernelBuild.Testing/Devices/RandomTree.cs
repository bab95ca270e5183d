namespace KernelBuild.Testing.Devices;

/// <summary>Trees with everything that a kernel tree may hold; equal seeds give equal trees.</summary>
public static class RandomTree
{
    private static readonly string[] _names =
    [
        "a", "a.b", "a-b", "a0", "Makefile", "two words", "größe", "日本", "x'y", "q\"q", "back\\slash", "tab\tname", "-dash", "#hash",
        ".hidden", "z",
    ];

    public static void Fill(string folder, int seed)
    {
        var random = new Random(seed);
        Fill(folder, random, depth: 0);
        File.WriteAllText(Path.Combine(folder, "Kbuild"), "obj-y := a.o\n");
    }

    private static void Fill(string folder, Random random, int depth)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in _names.Where(_ => random.Next(3) > 0))
        {
            var path = Path.Combine(folder, name);
            switch (random.Next(depth < 3 ? 8 : 6))
            {
                case 0:
                    File.CreateSymbolicLink(path, random.Next(2) == 0 ? "../somewhere" : "a.b");
                    break;
                case 1:
                    File.WriteAllBytes(path, []);
                    break;
                case 2:
                    File.WriteAllText(path, $"#!/bin/sh\necho {random.Next()}\n");
                    File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
                    break;
                case <= 5:
                    var content = new byte[random.Next(5000)];
                    random.NextBytes(content);
                    File.WriteAllBytes(path, content);
                    break;
                default:
                    Fill(path, random, depth + 1);
                    // git knows no empty folders
                    File.WriteAllText(Path.Combine(path, "Kbuild"), $"{random.Next()}\n");
                    break;
            }
        }
    }
}
