namespace KernelBuild.Architecture.Tests;

/// <summary>Strongly connected components of more than one node, by Tarjan's algorithm.</summary>
internal static class Circles
{
    public static IReadOnlyList<IReadOnlyList<string>> Find(IEnumerable<string> nodes, Func<string, IEnumerable<string>> arrows)
    {
        var index = new Dictionary<string, int>();
        var low = new Dictionary<string, int>();
        var stack = new Stack<string>();
        var found = new List<IReadOnlyList<string>>();
        foreach (var node in nodes.Order(StringComparer.Ordinal).Where(node => !index.ContainsKey(node)))
        {
            Visit(node);
        }

        return found;

        void Visit(string node)
        {
            index[node] = low[node] = index.Count;
            stack.Push(node);
            foreach (var next in arrows(node))
            {
                if (!index.TryGetValue(next, out var visited))
                {
                    Visit(next);
                    low[node] = Math.Min(low[node], low[next]);
                }
                else if (stack.Contains(next))
                {
                    low[node] = Math.Min(low[node], visited);
                }
            }

            if (low[node] != index[node])
            {
                return;
            }

            var component = new List<string>();
            do
            {
                component.Add(stack.Peek());
            }
            while (stack.Pop() != node);
            if (component.Count > 1)
            {
                found.Add(component);
            }
        }
    }
}
