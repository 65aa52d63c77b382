// The picture of the question: dropped, pasted, chosen, photographed, drawn or cropped; and what a change of the
// question does to the page. A picture is decoded and made smaller here, and uploaded once; what no browser can decode
// (HEIC, TIFF) is uploaded as it is, and the server says what it is. Given by Gradio: element, trigger, props, upload,
// watch; and LABELS, MOST_BYTES, LONGEST_SIDE.
const say = LABELS[navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en"];
const $ = selector => element.querySelector(selector);
const box = $(".picture-input"), image = $("img"), pad = $("canvas"), file = $("input.file"), camera = $("input.camera");
let turn = 0; // of several choices only the last counts
let current = {kind: "none"};
let ofExample = false; // whether an example brought the text
let pixels = null; // what is shown, as a canvas, where the browser could decode it
let strokes = [], cropping = null, before = null; // while something is drawn

element.querySelectorAll("[data-say]").forEach(part => { part.textContent = say[part.dataset.say]; });
image.alt = say.picture_of_question;
file.ariaLabel = say.choose; camera.ariaLabel = say.photo; pad.ariaLabel = say.draw;

function state(name, note = "") {
    box.dataset.state = name;
    $(".note").textContent = note;
    $(".note").hidden = !note;
}

function changed() { // the answer on the page belongs to another question: away with it, and stop what still runs
    const page = document.body.dataset;
    if (!page.answer && !page.compared) return;
    delete page.answer;
    delete page.compared;
    document.getElementById("changed").click();
}

function forgetExample() { // its text says nothing of another picture; what a visitor wrote stays
    const text = document.querySelector("#question textarea");
    if (!ofExample || document.body.dataset.edited) return;
    ofExample = false;
    text.value = "";
    text.dispatchEvent(new Event("input", {bubbles: true}));
}

function put(value) {
    current = value;
    props.value = value;
}

function refuse(note) {
    pixels = null;
    put({kind: "refused", note});
    state("refused", note);
}

async function take(files) {
    if (!files.length) return;
    const mine = ++turn, chosen = files[0];
    changed();
    forgetExample();
    put({kind: "pending"});
    state("sending", say.sending);
    const decoded = await isWebpWithExif(chosen) ? null : await canvasOf(chosen);
    if (mine !== turn) return;
    if (!decoded && chosen.size > MOST_BYTES) return refuse(say.too_many_bytes);
    pixels = decoded;
    let sent = chosen;
    if (decoded) {
        const source = encoded(decoded, "image/jpeg");
        const small = chosen.size <= MOST_BYTES / 4 && !decoded.changed && /^image\/(png|jpeg|webp|gif)$/.test(chosen.type);
        show(source);
        if (!small) sent = await blobOf(source);
    }
    await send(sent, mine, files.length > 1 ? say.first_of_many : "");
}

async function send(blob, mine, note = "") {
    const kinds = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"};
    try {
        const {path} = await upload(new File([blob], `picture.${kinds[blob.type] || "bin"}`, {type: blob.type}));
        if (mine !== turn) return;
        put({kind: "upload", path});
        if (pixels) state("shown", note);
        sessionStorage.setItem("picture", path);
        trigger("sent", {path, shown: Boolean(pixels)});
    } catch (error) {
        if (mine === turn) refuse(say.not_sent);
    }
}

async function isWebpWithExif(blob) { // which browsers do not turn upright; the server does
    const head = new Uint8Array(await blob.slice(0, 21).arrayBuffer());
    return String.fromCharCode(...head.slice(8, 16)) === "WEBPVP8X" && (head[20] & 8) > 0;
}

async function canvasOf(blob) { // upright, on white (light strokes on black), no larger than models take; null for what cannot be decoded
    let bitmap;
    try {
        bitmap = await createImageBitmap(blob);
    } catch (error) {
        return null;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const light = isLightOnNothing(canvas);
    pen.globalCompositeOperation = "destination-over";
    pen.fillStyle = light ? "black" : "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    canvas.changed = light || scale < 1;
    return canvas;
}

function isLightOnNothing(picture) { // strokes of a dark theme, saved without their ground: on white nobody saw them
    const side = 64, small = document.createElement("canvas");
    small.width = small.height = side;
    const pen = small.getContext("2d", {willReadFrequently: true});
    pen.drawImage(picture, 0, 0, side, side);
    const {data} = pen.getImageData(0, 0, side, side);
    let covered = 0, shade = 0;
    for (let i = 0; i < data.length; i += 4) {
        covered += data[i + 3];
        shade += data[i + 3] * (data[i] + data[i + 1] + data[i + 2]) / 3;
    }
    return covered < data.length / 4 * 255 / 2 && shade > 200 * covered;
}

function encoded(canvas, type) { // once, for the page and to be sent: it is most of the work of a photograph
    return canvas.toDataURL(type, 0.92);
}

async function blobOf(source) {
    return (await fetch(source)).blob();
}

function show(source) {
    image.src = source;
    image.hidden = !source;
}

function remove() {
    turn++;
    changed();
    pixels = null;
    put({kind: "none"});
    show("");
    state("empty");
}

// Drawing: on the picture that is shown, or on white.
async function draw() {
    before = {state: box.dataset.state, note: $(".note").textContent};
    if (!pixels && !image.hidden && image.src.startsWith("data:")) pixels = await canvasOf(await blobOf(image.src));
    pad.width = pixels ? pixels.width : 800;
    pad.height = pixels ? pixels.height : 600;
    strokes = [];
    cropping = null;
    paint();
    state("drawing");
    pad.focus();
}

function paint() {
    const pen = pad.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, pad.width, pad.height);
    if (pixels) pen.drawImage(pixels, 0, 0);
    pen.strokeStyle = "black";
    pen.lineWidth = Math.max(3, pad.width / 250);
    pen.lineCap = pen.lineJoin = "round";
    for (const stroke of strokes) {
        pen.beginPath();
        pen.moveTo(...stroke[0]);
        stroke.forEach(([x, y]) => pen.lineTo(x, y));
        pen.stroke();
    }
    if (Array.isArray(cropping)) {
        const [x, y, width, height] = area(cropping);
        pen.fillStyle = "#0006";
        pen.fillRect(0, 0, pad.width, y);
        pen.fillRect(0, y + height, pad.width, pad.height - y - height);
        pen.fillRect(0, y, x, height);
        pen.fillRect(x + width, y, pad.width - x - width, height);
    }
}

function area([[ax, ay], [bx, by]]) {
    return [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];
}

function at(event) {
    const frame = pad.getBoundingClientRect();
    const inside = (value, most) => Math.min(most, Math.max(0, value * most));
    return [
        inside((event.clientX - frame.left) / frame.width, pad.width),
        inside((event.clientY - frame.top) / frame.height, pad.height),
    ];
}

pad.addEventListener("pointerdown", event => {
    pad.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (cropping) cropping = [at(event), at(event)];
    else strokes.push([at(event)]);
    paint();
});
pad.addEventListener("pointermove", event => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    if (cropping) cropping[1] = at(event);
    else strokes.at(-1).push(at(event));
    paint();
});

async function done() {
    const mine = ++turn, cut = Array.isArray(cropping) ? area(cropping) : null;
    const drawn = document.createElement("canvas"), crop = cut && cut[2] > 20 && cut[3] > 20;
    if (cropping) cropping = null;
    paint();
    const [x, y, width, height] = crop ? cut.map(Math.round) : [0, 0, pad.width, pad.height];
    drawn.width = width;
    drawn.height = height;
    drawn.getContext("2d").drawImage(pad, x, y, width, height, 0, 0, width, height);
    changed();
    const source = encoded(drawn, pixels ? "image/jpeg" : "image/png"); // on a picture, which may be a photograph
    pixels = drawn;
    put({kind: "pending"});
    show(source);
    state("shown");
    await send(await blobOf(source), mine);
}

const does = {
    choose: () => file.click(), photo: () => camera.click(), draw, remove, done,
    crop: () => { cropping = cropping ? null : true; box.dataset.crop = cropping ? "on" : ""; paint(); },
    undo: () => { strokes.pop(); cropping = cropping && true; paint(); },
    cancel: () => state(before.state, before.note),
};
element.addEventListener("click", event => {
    const button = event.target.closest("button[data-does]");
    if (button) does[button.dataset.does]();
});
for (const input of [file, camera])
    input.addEventListener("change", () => { take([...input.files]); input.value = ""; });

// The whole page takes pictures that are dropped or pasted.
const dropped = event => [...(event.dataTransfer?.files || [])];
document.addEventListener("dragover", event => {
    if ([...(event.dataTransfer?.types || [])].includes("Files")) { event.preventDefault(); box.dataset.over = "yes"; }
});
document.addEventListener("dragleave", event => { if (!event.relatedTarget) box.dataset.over = ""; });
document.addEventListener("drop", event => {
    box.dataset.over = "";
    if (dropped(event).length) { event.preventDefault(); event.stopPropagation(); take(dropped(event)); }
}, true);
document.addEventListener("paste", event => {
    const files = [...(event.clipboardData?.files || [])];
    if (files.length) { event.preventDefault(); take(files); }
});

// Another question, another answer.
document.addEventListener("input", event => {
    if (event.target.closest("#question")) document.body.dataset.edited = "yes";
    if (event.target.closest("#question, #gold")) changed();
});
document.addEventListener("click", event => {
    if (event.target.closest("button.example")) { changed(); turn++; }
    if (event.target.closest("#compare-solve")) document.body.dataset.compared = "yes";
    if (event.target.closest("#solve")) {
        document.body.dataset.answer = "yes";
        const side = document.getElementById("answer-side");
        setTimeout(() => {
            if (side.getBoundingClientRect().top > innerHeight * 0.7) side.scrollIntoView({behavior: "smooth"});
        }, 100);
    }
});

// What the server says of the picture, or an example that was chosen.
watch("value", () => {
    const value = props.value || {kind: "none"};
    if (value.kind !== "example" && value.path !== current.path) { props.value = current; return; } // said of an earlier one
    current = value;
    if (value.kind === "refused") { pixels = null; show(""); state("refused", value.note); }
    else if (value.kind === "upload" && value.src) { show(value.src); state("shown"); }
    else if (value.kind === "example") {
        pixels = null;
        delete document.body.dataset.edited;
        ofExample = true;
        show(value.src || "");
        state(value.src ? "shown" : "empty");
    }
});

state("empty");
const kept = sessionStorage.getItem("picture");
const had = new URLSearchParams(location.search).get("picture") === "yes"; // a link, or a page that is loaded again
if (had && !kept) state("empty", say.not_in_link);
if (had && kept) {
    put({kind: "upload", path: kept});
    state("sending", say.sending);
    trigger("sent", {path: kept, shown: false});
}
