"""Wrong values: the numbers and lists that the likeliest slips give."""

from math import log

from attacks.table import values

ABOVE, M = "above 0|z = 0|exactly 0|boundary", "misread"
values(
    "neuron.by_hand",
    ((0, 1), M, ABOVE),
    ((1, 1), "forgotten", "bias|-1|b "),
    ((2, 1), "sign", "bias|sign|b "),
    ((0, 0.5), M, "sigmoid|step|0 or 1"),
    ((6, 1), "sign", "minus|-1|sign|weight"),
)
values(
    "neuron.majority_weights",
    (((1, 1, 1), -2), "shift", "all three|= 0"),
    (((1, 1, 1), 0), "forgotten", "OR|one input"),
    (((1, 1, 1), 1.5), "sign", "must be negative"),
    (((1, 1, 1), -2.5), M, "all three"),
    (((1, 1, 0), -1.5), M, "third input|all three"),
)
values(
    "neuron.parameters",
    (12, "forgotten", "bias"),
    (13, M, "bias"),
    (7, M, "each|product|times|bias|add"),
    (15, M, "each neuron|inputs|bias"),
)
values(
    "activations_and_losses.kl_by_hand",
    (0.208, "convention", "bits|base|log2|nats"),
    (0.131, "order", r"p \|\| q|exchang|swap|other way|truth|roles"),
    (0.837, M, "cross-entropy|entropy"),
    (0.693, M, "entropy"),
    (0.072, M, "mean|half|divided|sum"),
)
values(
    "mlp.worked_delta",
    ((-0.415809, 0.415809), M, "cross-entropy|softmax|Jacobian|p - y|squared"),
    ((-0.101005, 0.101005), M, "diagonal|both|sigmoid|Jacobian|p \\(1 - p\\)"),
    ((-0.404020, 0.404020), "factor", "half|factor|twice"),
    ((0.202010, -0.202010), "sign", "sign"),
    ((0.202010, 0.202010), "sign", "sum to 0|opposite"),
)
values(
    "mlp.parameters",
    (9472, "forgotten", "bias"),
    (9600, "forgotten", "output layer"),
    (9482, "forgotten", "hidden|first|128"),
    (202, M, "product|times|neurons|each"),
)
values(
    "autodiff.passes",
    (40, M, "forward|each input"),
    (80, M, "difference|two|numer|each input"),
    (1, M, "one output|row"),
    (120, M, "slopes|row|column"),
)
values(
    "optimisation.first_adam_step",
    (0.25, M, "gradient|divided|size|SGD|plain"),
    (0.00316, "forgotten", "correct|3.16"),
    (0.0001, "forgotten", "correct|beta1|only"),
    (0.025, "forgotten", "sqrt\\(v|not divided|root"),
)
values(
    "optimisation.init_scale",
    (0.07, "forgotten", "ReLU|Xavier|Glorot|Lecun|half"),
    (0.01, M, "variance|root"),
    (0.14, M, "half|100|twice|200|inputs"),
)
values(
    "generalisation.masks",
    (20, M, "2\\^|power|each|twice|product"),
    (100, M, "2\\^|power|each"),
    (1023, M, "empty|all off|none|every"),
    (10, M, "2\\^|power|subset|counts the units"),
)
values(
    "cnn.parameters",
    (600, "forgotten", "bias"),
    (208, M, "channel|input"),
    (622592, M, "position|picture|shared|32"),
    (83, M, "filter|kernel|each|output channel"),
    (603, M, "bias"),
)
values(
    "cnn.kernel_gradient",
    ([[-1, -2], [-4, 1]], "convention", "flip|turn"),
    ([[1, -2], [-4, -1]], "transpose", "transpos"),
    ([[3, 2], [0, 1]], M, "second|window|first|sum"),
    ([[5, 8], [2, 3]], "sign", "minus|sign|-2"),
    ([[0.25, -1], [-0.5, -0.25]], M, "mean|divided|average|sum|times 0.25"),
)
values(
    "cnn.receptive_field",
    (8, M, "stride|pool|two|jump|twice"),
    (9, M, "add|sum|overlap|3 \\+|widths"),
    (12, M, "add|product|pool|stride"),
    (7, M, "pool"),
)
values(
    "deep_cnns.stacked_kernels",
    (1.81, "order", "turned over"),
    (0.18, "forgotten", "three"),
    (1.29, M, "square|3 x 3|kernel|area|weights"),
    (0.43, M, "square|kernel|area|width"),
)
values(
    "rnn.parameters",
    (104, "forgotten", "bias"),
    (48, "forgotten", "W_h|recurrent|state|previous"),
    (2240, M, "step|shared|time"),
    (120, "convention", "two|bias|PyTorch"),
)
values(
    "rnn.shared_gradient",
    (4, "forgotten", "earlier|h_1|path|step|copy|last"),
    (14, M, "h_3|loss|state"),
    (5, M, "chain|factor|times"),
    (9, M, "w\\^2|first|path|input|square"),
)
values(
    "rnn.memory",
    ((4, 4, 8), "forgotten", "memory|state|previous"),
    ((2, 6, 16), M, "one unit|both|sum|add"),
    ((4, 8, 16), M, "both|own|all weights|each|other|unit"),
    ((4, 12, 28), M, "third|both units|last step"),
)
values(
    "lstm.parameters",
    (620, M, "four|gate|4"),
    (2400, "forgotten", "bias"),
    (2560, "convention", "two|bias|PyTorch"),
    (1860, M, "four|three|candidate|GRU|gates"),
    (880, "forgotten", "recurrent|W_h|hidden|state"),
)
values(
    "gru.state_by_hand",
    (-0.7, "convention", "1 - z|exchang|swap|convention"),
    (-0.6, "forgotten", "whole candidate|1 - z"),
    (0.6, "sign", "sign|\\+1"),
    (-0.2, "sign", "sign"),
    (0.4, "forgotten", "candidate"),
)
values(
    "seq2seq.parameters",
    (406, "forgotten", "output layer|biases|decoder|candidate|one GRU"),
    (586, "convention", "bias|candidate|second"),
    (592, M, "b_hn once"),
    (588, "forgotten", "bias"),
    (394, "forgotten", "GRU|decoder|encoder|two"),
    (478, "forgotten", "embed|vector|table"),
    (610, "convention", "bias|two"),
)
values(
    "seq2seq.beam_by_hand",
    ((0.175, 0.32), M, "end is the|most probable"),
    ((0.225, 0.225), M, "beam keeps"),
    ((0.32, 0.225), "order", "order|exchang|swap"),
    ((0.45, 0.8), M, "product|first|whole|times"),
    ((0.95, 1.2), M, "product|add|sum|times"),
)
values(
    "seq2seq.bleu_by_hand",
    ((0.6, 0.889), M, "place by place|position"),
    ((1, 0.8), M, "pairs|number|divided|ten"),
    ((1, 1), M, "pair|2-|order|not in"),
    ((1, 0.778), M, "clip|02|count|twice"),
)
values(
    "attention.by_hand",
    (6, M, "largest|hard|soft|best|all weight"),
    (22 / 3, M, "mean|scores|weights"),
    (40, "forgotten", "normal|divided|sum|8"),
    (6 * log(4), M, "log|softmax|scores"),
    (6 * log(4) / log(12), M, "log|softmax|scores"),
    (20, M, "sum of the three|divide"),
    (24 / 7, "forgotten", "e\\^0"),
    (40 / 7, "forgotten", "e\\^0|three parts"),
    (40 / 3, M, "number of keys"),
    (70 / 8, "order", "order"),
    (4.375, M, "35 is not"),
)
values(
    "attention.hard_gradient",
    ((4, 0), M, "loss|probab|score|softmax"),
    ((1, 0), M, "mean|baseline|minus|softmax|other"),
    ((-0.75, 0.75), "sign", "sign"),
    ((3, -1), "forgotten", "probab|factor p"),
    ((0.75, 0), M, "sums? to 0|every score|second score"),
)
values(
    "attention.window",
    ((300, 80), "forgotten", "middle|itself|centre|center"),
    ((300, 40), M, "each side|both|middle"),
    ((300, 50), M, "two sides|each side"),
    ((300, 9), M, "each|10|token|words|step"),
    ((90, 300), "order", "order|exchang|swap"),
    ((30, 9), M, "each|10|token|words|step"),
)
values(
    "self_attention.score_deviation",
    (64, M, "variance|root"),
    (1, M, "after|scaled|before|unscaled|already"),
    (0.125, M, "inverse|1/|upside|multipl|divide|factor"),
    (4096, M, "square|root|variance|sum"),
)
values(
    "self_attention.by_hand",
    (-1, M, "divide|sqrt"),
    (-0.25, M, "square root|d_k"),
    (0.5, M, "old matrix"),
    (3.5, M, "second"),
    (2.5, M, "of I"),
)
values(
    "self_attention.parameters",
    (262144, "forgotten", "bias"),
    (2105344, M, "each head|heads|share|times 8|columns"),
    (197376, "forgotten", "W_o|four|three"),
    (32896, M, "head|8"),
    (65792, "forgotten", "four"),
)
values(
    "self_attention.frames",
    (200, M, "full|last|cut|whole|25|end"),
    (199, "shift", "full|last|\\+ 1|one too|round|25"),
    (197, "shift", "first|\\+ 1|count"),
    (80, M, "every 10|overlap|25|side by side|step"),
    (32000, M, "sample|frame"),
)
values(
    "masks.leak",
    (0, M, "row|column|only"),
    (1 / 5, M, "causal|does not see"),
    (1 / 3, M, "count|second place"),
    (1, M, "single key|itself"),
)
values(
    "masks.pairs",
    (15, "shift", "itself|own|diagonal|<="),
    (36, M, "causal|future"),
    (18, M, "half|diagonal"),
    (6, M, "one key for each|all places"),
)
values(
    "masks.weight",
    (0.3, M, "without a mask"),
    (log(6) / (2 * log(2) + log(6)), "forgotten", "log|softmax|scores"),
    (6 / 11, M, "score of 0|removed|-inf|hidden"),
    (6, "forgotten", "divided|sum|normal"),
    (1 / 3, M, "mean|score|keys"),
)
values(
    "transformer.parameters",
    (33472, "forgotten", "encoder layer|cross"),
    (49856, "forgotten", "norm"),
    (50112, "forgotten", "norm|three|third"),
    (49536, "forgotten", "bias"),
    (150080, M, "head|times|share|4"),
)
values(
    "transformer.faults",
    ([4, 1, 6, 3, 5, 2], "order", "exchang|E and F"),
    ([2, 5, 4, 1, 6, 3], "order", "letter|fault|order|inverse|other way|list"),
    ([1, 2, 3, 4, 5, 6], "trivial", "order of the list|curve"),
    ([1, 4, 6, 3, 2, 5], "order", "exchang|A and B"),
)
SLIPS = {
    "neuron.slip": {1: "angle|boundary", 2: "10|sign|scal|same", 4: "zero|scal|0.1|step", 5: r"\bR\b"},
    "activations_and_losses.slip": {
        1: "1/2|quarter", 2: "cancel|same|add", 4: "MAE|sign|pull", 5: "entropy|KL",
    },
    "autodiff.slip": {1: "forward|values", 2: "reverse|backprop", 4: "two|each", 5: "step|exact|round"},
    "optimisation.slip": {1: "ten|10|0.9", 3: "Adam|scale|doubl", 4: "2 /|0.04|50", 5: "likely|drawn"},
    "generalisation.slip": {1: "SGD|decay", 2: "inverted|1 - p|train", 4: "training loss", 5: "picture|new|param"},
    "cnn.slip": {1: "flip|learn", 2: "size|shared|kernel", 3: "bias|sum", 5: "permuted"},
    "deep_cnns.slip": {1: "batch", 2: "one position", 4: "ReLU|negative|zero", 5: "param|skip|identity"},
    "rnn.slip": {1: "sum|copies", 2: "memory|states", 4: "last|backward|direction", 5: "singular"},
    "lstm.slip": {1: "keep|f = 1|cell", 2: "o |output gate", 4: "true: it is equation", 5: "sigmoid|half|0.5|bias"},
    "gru.slip": {1: "mean|between|mix", 3: "differ", 4: "bias|candidate|inside", 5: "one bias"},
    "seq2seq.slip": {1: "teacher|right token", 2: "through c", 4: "temperature|zero|argmax", 5: "date|n-gram|charact|whole"},
    "attention.slip": {1: "state|query|before", 2: "score", 3: "tanh|cancel|constant|same", 5: "mean"},
    "self_attention.slip": {1: "queries and keys", 2: "heads|width|param", 3: "permut|position", 5: "pairs"},
    "masks.slip": {1: "before|divid|renormal|sum", 3: "itself|own|diagonal", 4: "source|causal|cross", 5: "float32|digit|round"},
    "transformer.slip": {
        1: "itself|earlier", 2: "pre-norm|sums|path", 3: "head|width|param", 5: "position|order|permut", 6: "entropy|zero|smooth",
    },
}  # fmt: skip
for exercise, lines in SLIPS.items():
    values(exercise, *((line, "misread", says) for line, says in lines.items()))
